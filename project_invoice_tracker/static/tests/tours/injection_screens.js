/* global odoo */

/* Opens screen after screen and tells what of hostile texts came alive, and which
   texts that should be read cannot be. tests/test_injection_browser.py says which. */

/* Milliseconds to wait for what never comes. */
const PATIENCE = 8000;
const LIVE = [
    "[data-hostile]",
    "[onerror*='hostile']",
    "[onload*='hostile']",
    "[onmouseover*='hostile']",
    "img[src='x']",
    "img[src$='/x']",
    "t[t-out]",
].join();
const CODE = "script, style, svg, iframe";
const ROWS = {
    list: ".o_list_renderer .o_data_row",
    kanban: ".o_kanban_record:not(.o_kanban_ghost)",
    form: ".o_form_view .o_form_renderer",
    pivot: ".o_pivot table tbody tr:nth-child(2)",
    graph: ".o_graph_renderer canvas",
    activity: ".o_activity_view table tbody tr",
    client: ".o_billing_cockpit .o_cockpit_page",
};
const GROUP = ".o_list_renderer .o_group_header:not(.o_group_open)";
const NOTHING = ".o_view_nocontent, .o_nocontent_help";
/* What follows the hostile text: the number of the field it is in. */
const MARK = /~(\d+)~/g;

/* Pages wrap, and one-line inputs drop line ends. */
function squeeze(text) {
    return text.replace(/\s+/g, "");
}

function isAlive(element) {
    return (
        element.matches(LIVE) ||
        (element.matches(CODE) && squeeze(element.textContent) === "window.hostile=1")
    );
}

function isLoaded(frame) {
    const page = frame.contentDocument;
    return page && page.URL !== "about:blank" && page.readyState === "complete";
}

/* Filters that an action begins with may hide what there is. */
function withoutDefaults(action, more) {
    const context = Object.entries(action.context || {}).filter(
        ([key]) => !key.startsWith("search_default_")
    );
    return { ...action, context: { ...Object.fromEntries(context), ...more } };
}

/* Columns that people may add to a list are shown from the beginning. */
function showAllColumns() {
    const { ListRenderer } = odoo.loader.modules.get("@web/views/list/list_renderer");
    ListRenderer.prototype.computeOptionalActiveFields = function () {
        const columns = this.allColumns.filter((column) => column.optional);
        return Object.fromEntries(columns.map((column) => [column.name, true]));
    };
}

class Screens {
    constructor({ hostile, result, screens, mustFail }) {
        Object.assign(this, { hostile: squeeze(hostile), result, screens, mustFail });
        this.failures = [];
        this.born = [];
    }

    /** Report whatever is made of a text, even if it is gone the moment after. */
    watch(page) {
        new page.defaultView.MutationObserver((records) => {
            for (const node of records.flatMap((record) => [...record.addedNodes])) {
                if (node.nodeType === 1) {
                    this.born.push(...this.find(node));
                }
            }
        }).observe(page, { childList: true, subtree: true });
        this.born.push(...this.find(page.documentElement));
    }

    find(root) {
        return [root, ...root.querySelectorAll("*")]
            .filter(isAlive)
            .map((element) => element.outerHTML.slice(0, 200));
    }

    fail(what) {
        this.failures.push(`${this.name}: ${what}`);
    }

    /** Wait for something to be true, frame by frame; false if it never is. */
    async wait(isTrue) {
        const end = performance.now() + (this.mustFail ? 2000 : PATIENCE);
        while (!isTrue()) {
            if (performance.now() > end) {
                return false;
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return true;
    }

    /** Return the texts that can be seen: of a page, and in its inputs. */
    texts(page) {
        const found = [];
        const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const { data, parentElement } = walker.currentNode;
            if (data.includes("hostile") || data.includes(this.result)) {
                found.push([data, parentElement]);
            }
        }
        for (const input of page.querySelectorAll("input, textarea")) {
            found.push([input.value, input]);
        }
        return found.filter(
            ([, element]) => !element.matches("script, style") && element.checkVisibility()
        );
    }

    /** Note which fields can be read now, letter by letter. */
    read(page, seen) {
        for (const [text] of this.texts(page)) {
            this.note(text, seen);
        }
    }

    note(text, seen) {
        if (text.includes(this.result)) {
            this.worked_out = text.slice(0, 200);
        }
        const plain = squeeze(text);
        if (plain.includes(this.hostile)) {
            seen.add("");
        }
        for (const [mark] of plain.matchAll(MARK)) {
            if (plain.includes(this.hostile + mark)) {
                seen.add(mark);
            }
        }
    }

    judge(page, seen, wanted) {
        const missing = wanted.filter(([mark]) => !seen.has(mark));
        if (missing.length) {
            const names = missing.map(([mark, name]) => `${mark} ${name}`).join(", ");
            this.fail(`cannot be read: ${names}; seen: ${[...seen]}`);
        }
        if (this.worked_out) {
            this.fail(`was worked out: ${this.worked_out}`);
        }
        if (this.born.length || page.defaultView.hostile || window.hostile) {
            this.fail(`came alive: ${this.born.join(" ")}`);
        }
        for (const error of page.querySelectorAll(".o_error_dialog, .alert-danger.o_notification")) {
            this.fail(`error: ${error.textContent.slice(0, 500)}`);
        }
        this.born = [];
        this.worked_out = "";
        delete window.hostile;
    }

    async run() {
        // in the web client, what is opened first is out of the way before
        if (document.querySelector(".o_web_client")) {
            await this.wait(() => odoo.isReady);
            showAllColumns();
        }
        this.watch(document);
        for (const screen of this.screens) {
            this.name = screen.name;
            const start = performance.now();
            try {
                await (screen.url ? this.visit(screen) : this.open(screen));
            } catch (error) {
                this.fail(error.stack || error.message || `${error}`);
            }
            console.log(`${screen.name}: ${Math.round(performance.now() - start)} ms`);
        }
        this.report();
    }

    report() {
        const found = this.failures.join("\n");
        const ok = this.mustFail
            ? this.mustFail.every((what) => found.includes(what))
            : !found;
        if (ok) {
            console.log("test successful");
        } else {
            console.error(found || "nothing was found to be wrong");
        }
    }

    /** Open an action of the web client in one of its views. */
    async open({ action, view, resId, context, asItIs, wanted, oneOf, target }) {
        const { services } = odoo.__WOWL_DEBUG__.root.env;
        const found = await services.action.loadAction(action, context);
        await services.action.doAction(asItIs ? found : withoutDefaults(found, context), {
            clearBreadcrumbs: target !== "new",
            viewType: view,
            props: resId ? { resId } : {},
        });
        const rows = (target === "new" ? ".o_dialog " : "") + ROWS[view];
        const isOpen = () => document.querySelector(rows);
        await this.wait(() => document.querySelector(`${rows}, ${GROUP}, ${NOTHING}`));
        await this.unfold();
        if (!asItIs && !(await this.wait(isOpen))) {
            const shown = document.querySelector(".o_action_manager").textContent;
            this.fail(`shows nothing: ${shown.slice(0, 300)}`);
        }
        const seen = await this.collect(view, wanted);
        this.judge(document, seen, wanted);
        if (oneOf?.length && !seen.size) {
            this.fail(`shows none of its texts: ${oneOf.join()}`);
        }
        if (target === "new") {
            await services.action.doAction({ type: "ir.actions.act_window_close" });
            if (!(await this.wait(() => !document.querySelector(".o_dialog")))) {
                throw new Error("the window does not close");
            }
        }
    }

    /** Open the groups of a list, and the groups in them. */
    async unfold() {
        const count = () => document.querySelectorAll(GROUP).length;
        for (let closed; (closed = count()); ) {
            document.querySelector(`${GROUP} .o_group_name`).click();
            if (!(await this.wait(() => count() !== closed))) {
                throw new Error("a group does not open");
            }
        }
    }

    async collect(view, wanted) {
        const seen = new Set();
        const isRead = () => {
            this.read(document, seen);
            return wanted.every(([mark]) => seen.has(mark));
        };
        isRead();
        if (view === "form") {
            for (const tab of document.querySelectorAll(".o_notebook .nav-link")) {
                tab.click();
                await this.wait(() => tab.classList.contains("active"));
                isRead();
            }
        }
        if (view === "graph") {
            await this.point(seen);
        }
        await this.wait(isRead);
        return seen;
    }

    /** Read what is drawn in a chart; point all along it, so that bubbles come up. */
    async point(seen) {
        const canvas = document.querySelector(ROWS.graph);
        const { labels, datasets } = window.Chart.getChart(canvas).data;
        for (const text of [...labels, ...datasets.map((dataset) => dataset.label)]) {
            this.note(`${text}`, seen);
        }
        const box = canvas.getBoundingClientRect();
        for (let part = 1; part < 20; part++) {
            const where = {
                clientX: box.left + (box.width * part) / 20,
                clientY: box.top + box.height * 0.6,
                bubbles: true,
            };
            canvas.dispatchEvent(new MouseEvent("mousemove", where));
            await new Promise((resolve) => requestAnimationFrame(resolve));
            this.read(document, seen);
        }
    }

    /** Open a page by its address, in a frame of its own. */
    async visit({ url, wanted }) {
        const frame = document.createElement("iframe");
        frame.style = "position: fixed; inset: 0; width: 1200px; height: 3000px";
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        frame.src = url;
        document.body.append(frame);
        await loaded;
        const status = frame.contentWindow.performance.getEntriesByType("navigation")[0];
        if (status.responseStatus !== 200) {
            this.fail(`answers ${status.responseStatus}`);
        }
        this.watch(frame.contentDocument);
        // a page may show a document in a frame of its own
        const inner = frame.contentDocument.querySelector("iframe");
        await this.wait(() => !inner || isLoaded(inner));
        const pages = [frame, inner].filter(Boolean).map((one) => one.contentDocument);
        inner && this.watch(inner.contentDocument);
        const seen = new Set();
        await this.wait(() => {
            pages.forEach((page) => this.read(page, seen));
            return wanted.every(([mark]) => seen.has(mark));
        });
        pages.reverse().forEach((page, at) => {
            this.judge(page, seen, at === pages.length - 1 ? wanted : []);
        });
        frame.remove();
    }
}

odoo.openHostileScreens = (spec) => new Screens(spec).run();
