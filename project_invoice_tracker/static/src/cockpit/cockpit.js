import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CockpitChart } from "./cockpit_chart";
import { COLORS, UNPAID_AGES, WORK_AGES } from "./cockpit_colors";
import * as format from "./cockpit_format";

const VIEWS = {
    "project.billing.request": ["list", "kanban", "form"],
};

/** The first page of the app: where all money stands, and what to do about it. */
export class BillingCockpit extends Component {
    static template = "project_invoice_tracker.BillingCockpit";
    static components = { CockpitChart, Layout, SelectMenu };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.state = useState({ data: null, loading: false });
        this.filters = { ...this.props.state?.filters };
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({ filters: this.filters }),
        });
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
    }

    // --- DATA ---

    async load() {
        this.state.loading = true;
        try {
            const args = [this.filters];
            this.state.data = await this.orm.call("project.billing.cockpit", "figures", args);
        } finally {
            this.state.loading = false;
        }
    }

    setFilter(name, value) {
        this.filters = { ...this.filters, [name]: value || false };
        if (name === "company_id") {
            Object.assign(this.filters, { partner_id: false, user_id: false });
        }
        return this.load();
    }

    onNumberFilter(name, ev) {
        return this.setFilter(name, Number(ev.target.value));
    }

    get isFiltered() {
        const { company_id, partner_id, user_id } = this.data.filters;
        return Boolean(company_id || partner_id || user_id);
    }

    clearFilters() {
        Object.assign(this.filters, { company_id: false, partner_id: false, user_id: false });
        return this.load();
    }

    get data() {
        return this.state.data;
    }

    get periods() {
        return [
            ["month", _t("this month")],
            ["last_month", _t("last month")],
            ["quarter", _t("this quarter")],
            ["year", _t("this year")],
            ["months_12", _t("the last 12 months")],
        ];
    }

    choices(name) {
        return this.data.choices[name].map(([value, label]) => ({ value, label }));
    }

    // --- WORDS ---

    get format() {
        return format;
    }

    money(amount) {
        return format.money(amount, this.data.currency_id);
    }

    exact(amount) {
        return format.exactMoney(amount, this.data.currency_id);
    }

    get axisFormat() {
        return {
            money: (amount) => this.exact(amount),
            hours: (value) => format.hours(value),
            short: (value) => format.short(value),
        };
    }

    get inRequests() {
        const { request_draft, request_submitted, request_approved } = this.data;
        return [
            { key: "draft", figure: request_draft, label: _t("In preparation") },
            { key: "submitted", figure: request_submitted, label: _t("In approval") },
            { key: "approved", figure: request_approved, label: _t("Approved") },
        ];
    }

    get requestsTotal() {
        return this.inRequests.reduce((sum, { figure }) => sum + figure.amount, 0);
    }

    get paidPercent() {
        const { paid, total } = this.data.billed;
        return Math.min(Math.max(format.percent(paid, total), 0), 100);
    }

    get workAges() {
        const labels = [
            _t("up to 30 days"),
            _t("31 to 60 days"),
            _t("61 to 90 days"),
            _t("older than 90 days"),
        ];
        return this.ages(this.data.work_ages, labels, WORK_AGES);
    }

    get unpaidAges() {
        const labels = [
            _t("not due yet"),
            _t("up to 30 days late"),
            _t("31 to 60 days late"),
            _t("61 to 90 days late"),
            _t("later still"),
        ];
        return this.ages(this.data.unpaid_ages, labels, UNPAID_AGES);
    }

    ages(figures, labels, colors) {
        const whole = figures.reduce((sum, { amount }) => sum + Math.max(amount, 0), 0);
        return figures.map((figure, index) => ({
            ...figure,
            label: labels[index],
            color: colors[index],
            share: whole ? (100 * Math.max(figure.amount, 0)) / whole : 0,
        }));
    }

    nextName({ name, period }) {
        const [first, last] = period;
        if (!first || !last) {
            return name;
        }
        const days = `${format.shortDay(first)} – ${format.shortDay(last)}`;
        return name.replace(`${first} – ${last}`, days);
    }

    dueIn({ date, late }) {
        const days = format.daysBetween(this.data.today, date);
        if (late) {
            return days === -1 ? _t("1 day late") : _t("%s days late", -days);
        }
        if (days === 1) {
            return _t("tomorrow");
        }
        return days === 0 ? _t("today") : _t("in %s days", days);
    }

    topText({ customer, oldest }) {
        const since = oldest && _t("since %s", format.shortDay(oldest));
        return [customer, since].filter(Boolean).join(" · ");
    }

    limitText({ left, unit, project, ends }) {
        const amount = unit === "amount" ? this.money(Math.abs(left)) : format.hours(Math.abs(left));
        const words = [left < 0 ? _t("%s over", amount) : _t("%s left", amount)];
        if (ends) {
            words.push(_t("until %s", format.shortDay(ends)));
        }
        return [...words, project].filter(Boolean).join(" · ");
    }

    // --- CHARTS ---

    get billedChart() {
        const { months } = this.data.billed;
        const amounts = months.map((row) => row.amount);
        return {
            labels: months.map((row) => format.monthName(row.month)),
            series: [{ name: _t("Billed"), color: COLORS.billed, amounts }],
            onSelect: (_series, index) => this.open(months[index].open),
        };
    }

    get cashChart() {
        const { months, series } = this.data.cash;
        const last = months.length - 1;
        return {
            labels: months.map((key, i) => (i < last ? format.monthName(key) : _t("later"))),
            series: series.map((row) => ({ ...row, color: COLORS[row.source] })),
            onSelect: (index, month) => this.openCash(series[index].source, months[month]),
        };
    }

    get cashLegend() {
        return this.data.cash.series.map((row) => ({
            ...row,
            color: COLORS[row.source],
            total: row.amounts.reduce((sum, amount) => sum + amount, 0),
        }));
    }

    get teamChart() {
        const { weeks } = this.data.team;
        return {
            labels: weeks.map((week) => format.shortDay(week.start)),
            series: [
                {
                    name: _t("At work"),
                    color: COLORS.at_work,
                    amounts: weeks.map((week) => week.available),
                },
                {
                    name: _t("Absent"),
                    color: COLORS.absent,
                    amounts: weeks.map((week) => week.absent),
                },
            ],
        };
    }

    get weeksChart() {
        const { weeks } = this.data;
        return {
            labels: weeks.map((week) => format.shortDay(week.start)),
            series: [
                {
                    name: _t("Planned billing"),
                    color: COLORS.planned,
                    amounts: weeks.map((week) => week.amount),
                },
            ],
            onSelect: (_series, index) => this.open(weeks[index].open),
        };
    }

    // --- ACTIONS ---

    open(target) {
        const views = VIEWS[target.model] || ["list", "form"];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: target.name,
            res_model: target.model,
            domain: target.domain,
            views: views.map((view) => [false, view]),
            context: { create: false },
        });
    }

    async openCash(source, month) {
        const args = [source, month, this.filters];
        this.open(await this.orm.call("project.billing.cockpit", "open_cash", args));
    }

    openItem(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "project.billing.item",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    async chooseApproval(companyId, way) {
        const args = [[companyId], way];
        await this.orm.call("res.company", "action_billing_choose_approval", args);
        return this.load();
    }

    openAction(xmlid) {
        return this.action.doAction(`project_invoice_tracker.${xmlid}`);
    }
}

registry.category("actions").add("project_billing_cockpit", BillingCockpit);
