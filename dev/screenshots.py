"""``screenshots``: the pictures of the README and doc/, from the demo database.

Chromium is driven over its debugging protocol: log in, open a page, wait for an
element, take the picture. ``make demo SERVE=0`` has to run before.
"""

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

from . import databases, odoo, paths, runs, setup
from .commands import SERVED
from .console import Problem, step

IMAGES = paths.ROOT / "doc" / "images"
WINDOW = (1366, 860)
PATIENCE = 60  # seconds for a page
#: name, login, address, what must be on the page before the picture is taken, and
#: perhaps what is clicked then, one after the other
PICTURES = (
    ("cockpit", "pm", "/odoo/billing-cockpit", ".o_cockpit_card canvas"),
    ("board", "pm", "/odoo/project-board", ".o_kanban_record"),
    ("leaks", "pm", "/odoo/billing-leaks", ".o_data_row"),
    ("analysis", "pm", "/odoo/billing-analysis", ".o_pivot"),
    ("to_bill", "pm", "/odoo/to-bill", ".o_kanban_record"),
    (
        "request",
        "pm",
        "/odoo/billing-requests/{Warehouse Scanning App}",
        ".o_data_row",
    ),
    (
        "levels",
        "pm",
        "/odoo/billing-requests/{Patient Portal}",
        ".o_data_row",
        ".nav-link[name=approvals]",
    ),
    ("changed", "pm", "/odoo/billing-requests/{Ferry Ticketing App}", ".o_data_row"),
    ("deposit", "pm", "/odoo/billing-requests/{Permit Portal}", ".o_data_row"),
    ("run", "pm", "/odoo/billing-runs/{run}", ".o_data_row"),
    ("items", "pm", "/odoo/billing-items", ".o_data_row"),
    ("invoices", "pm", "/odoo/project-invoices", ".o_data_row"),
    ("check_time", "pm", "/odoo/check-time", ".o_data_row"),
    ("schedule", "pm2", "/odoo/billing-schedules/{schedule}", ".o_form_view"),
    (
        "approval",
        "approver",
        "/odoo/billing-to-approve/{Timetable Service}",
        ".o_billing_decision iframe",
    ),
    (
        "retention",
        "approver",
        "/odoo/billing-requests/{Reservoir Control Room}",
        ".o_data_row",
    ),
    (
        "accrual",
        "accountant",
        "/odoo/billing-accruals/{accrual}",
        ".o_data_row",
    ),
    ("health", "admin", "/odoo/billing-health", ".o_data_row"),
    ("rates", "admin", "/odoo/billing-rates", ".o_data_row"),
    ("retainer", "admin", "/odoo/billing-rules/{rule_desk_retainer}", ".o_form_view"),
    ("cap", "admin", "/odoo/billing-caps/{cap_claims}", ".o_form_view"),
    (
        "set_up",
        "admin",
        "/odoo/to-bill/{project_museum}",
        ".o_form_view",
        ".nav-link[name=billing]",
        "button[name=action_billing_set_up]:not(.d-none)",
        ".modal input[data-value=retainer]",
    ),
    (
        "hand_over",
        "pm",
        "/odoo/to-bill/{project_on_an_order}",
        ".o_form_view",
        ".nav-link[name=billing]",
        "button[name=action_billing_hand_over]",
    ),
    (
        "handed_over",
        "pm",
        "/odoo/to-bill/{project_handed_over}",
        ".o_form_view",
        ".nav-link[name=billing]",
    ),
    ("client_project", "client", "/my/billing/{client_project}", "#wrap"),
    ("client_sign_off", "client", "/my/billing/milestone/{client_milestone}", "#wrap"),
    (
        "client_invoice",
        "client",
        "/my/invoices/{client_invoice}",
        "#wrap iframe, #wrap",
    ),
)
WEB_CLIENT = ".o_action_manager "
CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-allow-origins=*",
]


def main(_argv):
    """Take all pictures; what they show is what the demo left."""
    setup.ensure(programs=True)
    if not databases.exists(SERVED):
        raise Problem("There is no demo database yet: run `make demo SERVE=0` first.")
    line = [str(paths.PYTHON), "-m", "dev.screenshots"]
    env = odoo.environment() | {"PYTHONPATH": str(paths.ROOT)}
    with step("Taking pictures"):
        return subprocess.run(line, cwd=paths.ROOT, env=env, check=False).returncode


def take():
    """Serve the demo, drive the browser and write the pictures (in the venv)."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    port, ids = runs.free_port(), _ids()
    with _server(port), _Browser() as browser:
        for login, pictures in itertools.groupby(PICTURES, key=lambda row: row[1]):
            browser.log_in(f"http://127.0.0.1:{port}", login)
            for name, _login, address, element, *clicks in pictures:
                url = f"http://127.0.0.1:{port}{address.format(**ids)}"
                place = element if address.startswith("/my") else WEB_CLIENT + element
                browser.open(url, place)
                for place in clicks:
                    browser.click(place)
                (IMAGES / f"{name}.png").write_bytes(browser.picture())
    return 0


def _ids():
    """Return the ids of the latest request per state and project, and of records."""
    result = json.loads((paths.RUN / "demo.json").read_text())
    ids = dict(result["records"])
    for row in result["requests"]:
        number = int(row["request"].rsplit("/", 1)[1])
        ids[row["state"]] = ids[row["project"]] = number
    return ids


@contextlib.contextmanager
def _server(port):
    """Serve the demo database while the pictures are taken."""
    line = ["-d", SERVED, "--db-filter", f"^{SERVED}$", "--http-port", port]
    log = (paths.LOGS / "screenshots.log").open("w")
    command = odoo.command(*line)
    with log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _wait(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login"))
            yield
        finally:
            server.terminate()


def _wait(answer):
    """Call until it answers with something true; raise what it said last."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            if result := answer():
                return result
        except OSError:
            if time.monotonic() > end:
                raise
        if time.monotonic() > end:
            raise Problem("A page did not show what it should.")
        time.sleep(0.3)


class _Browser:
    """One Chromium page, and the few things done with it."""

    def __enter__(self):
        import websocket

        self.profile = tempfile.mkdtemp(prefix="pit-chromium-")
        port = runs.free_port()
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        if not executable:
            raise Problem("Pictures need Chromium, which is not installed.")
        line = [executable, *CHROMIUM, f"--user-data-dir={self.profile}"]
        line += [f"--remote-debugging-port={port}", f"--window-size={WINDOW[0]},900"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(line, stdout=quiet, stderr=quiet)
        address = f"http://127.0.0.1:{port}/json"
        pages = _wait(lambda: json.load(urllib.request.urlopen(address)))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"])
        self.numbers = itertools.count(1)
        size = {"width": WINDOW[0], "height": WINDOW[1]}
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **size,
            deviceScaleFactor=1,
            mobile=False,
        )
        return self

    def __exit__(self, *_error):
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **params):
        """Send a command and return its result."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                return answer.get("result", {})

    def value(self, expression):
        """Return the value of a JavaScript expression on the page."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        return result.get("result", {}).get("value")

    def open(self, url, element):
        """Open a page and wait until an element is there."""
        self.call("Page.navigate", url=url)
        _wait(lambda: self.value(f"!!document.querySelector({json.dumps(element)})"))
        time.sleep(2)  # avatars and fonts

    def click(self, element):
        """Click on an element as soon as it is there."""
        found = f"document.querySelector({json.dumps(element)})"
        _wait(lambda: self.value(f"!!{found}"))
        self.value(f"{found}.click()")
        time.sleep(1)

    def log_in(self, base, login):
        """Log in as somebody, whoever was before."""
        self.call("Network.clearBrowserCookies")
        self.open(f"{base}/web/login", "input[name=login]")
        self.value(
            "document.querySelector('input[name=login]').value = "
            f"document.querySelector('input[name=password]').value = {login!r};"
            "document.querySelector('form.oe_login_form').submit();"
        )
        _wait(
            lambda: self.value("!!document.querySelector('.o_main_navbar, .o_portal')")
        )

    def picture(self):
        """Return the page as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])


if __name__ == "__main__":
    os.chdir(paths.ROOT)
    sys.exit(take())
