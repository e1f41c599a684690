"""Printing in the demo: PDFs as Odoo makes them, with its style sheets.

wkhtmltopdf fetches the style sheets from the web server, so one listens while it
works.  Runs inside Odoo, see ``demo_story.py``.
"""

import contextlib
import shutil
import subprocess
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

import odoo.http

REPORT = "account.account_invoices"
LETTERHEAD = """
<data inherit_id="web.external_layout_standard">
    <xpath expr="//t[@t-call='web.address_layout']" position="before">
        <div t-if="report_type == 'pdf'" class="row mb-5 pb-2 border-bottom">
            <h3 class="col-6" t-out="company.name"/>
            <div class="col-6 text-end">
                <div t-field="company.company_details"/>
                <div class="small" t-field="company.report_footer"/>
            </div>
        </div>
    </xpath>
</data>
"""


class _QuietHandler(WSGIRequestHandler):
    """A handler that does not write each request to the screen."""

    def log(self, *_args):
        """Say nothing."""


@contextlib.contextmanager
def style_sheets(env):
    """Serve Odoo for the time of printing, at a free port."""
    server = make_server(
        "127.0.0.1", 0, odoo.http.root, threaded=True, request_handler=_QuietHandler
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    parameters = env["ir.config_parameter"].sudo()
    parameters.set_param("report.url", f"http://127.0.0.1:{server.server_port}")
    try:
        yield
    finally:
        parameters.set_param("report.url", False)
        server.shutdown()
        thread.join()
        server.server_close()


def set_letterhead(company):
    """Let the page carry the letterhead where its header would stay empty.

    The wkhtmltopdf of Debian prints no page headers: its Qt is not patched.
    """
    program = shutil.which("wkhtmltopdf")
    if not program:
        return
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    )
    if "patched qt" in version.stdout:
        return
    company.env["ir.ui.view"].create(
        {
            "name": "Letterhead in the page",
            "type": "qweb",
            "mode": "extension",
            "inherit_id": company.env.ref("web.external_layout_standard").id,
            "arch": LETTERHEAD,
        }
    )
    company.paperformat_id = company.paperformat_id.copy(
        {"name": "Letterhead in the page", "margin_top": 15, "header_spacing": 0}
    )


def print_invoices(invoices, folder):
    """Print posted invoices; return ``{invoice id: file}``, empty without the tool."""
    if not shutil.which("wkhtmltopdf"):
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    with style_sheets(invoices.env):
        for invoice in invoices:
            files[invoice.id] = folder / f"{invoice.name.replace('/', '-')}.pdf"
            files[invoice.id].write_bytes(_render(invoice))
    return files


def _render(invoice):
    """Return the PDF of one invoice."""
    report = invoice.env["ir.actions.report"].with_context(force_report_rendering=True)
    content, kind = report._render_qweb_pdf(REPORT, invoice.ids)
    if kind != "pdf" or not content.startswith(b"%PDF"):
        raise RuntimeError(f"{invoice.name} was not printed as a PDF.")
    return content
