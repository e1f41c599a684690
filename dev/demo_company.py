"""The company of the demo: set up by its administrator, before anybody works.

Runs inside Odoo, see ``demo_story.py``.
"""

from datetime import timedelta

from odoo import fields
from odoo.modules.module import Manifest
from odoo.tools.convert import convert_file

from dev import demo_portal, demo_print

ADDON = "project_invoice_tracker"
COMPANY = {
    "name": "Northfield Consulting",
    "street": "18 Harbor Street",
    "city": "Portland",
    "zip": "04101",
    "phone": "+1 207 555 0140",
    "email": "office@northfield.example.com",
    "website": "https://northfield.example.com",
    "logo": False,
    "company_details": (
        "<p>Northfield Consulting<br>18 Harbor Street<br>Portland ME 04101</p>"
    ),
    "report_footer": (
        "<p>+1 207 555 0140 · office@northfield.example.com · "
        "northfield.example.com</p>"
    ),
    "primary_color": "#1f4e5f",
    "secondary_color": "#79a8a9",
}
#: What a dollar is worth in the demo.
EUROS_PER_DOLLAR = 0.92
#: What accruals are posted to: name, code, type.
ACCOUNTS = (
    ("Work in Progress", "101901", "asset_current"),
    ("Billed in Advance", "211901", "liability_current"),
)


def set_up(env, port):
    """Give the company a name, an address, taxes, units and the demo data."""
    company = env.ref("base.main_company")
    company.write(
        {
            **COMPANY,
            "country_id": env.ref("base.us").id,
            "state_id": env.ref("base.state_us_20").id,
            "external_report_layout_id": env.ref("web.external_layout_standard").id,
            "paperformat_id": env.ref("base.paperformat_us").id,
        }
    )
    demo_print.set_letterhead(company)
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)
    settings = {"group_uom": True, "group_multi_currency": True}
    env["res.config.settings"].create(settings).execute()
    _set_exchange_rate(env, company)
    _open_accounts(env)
    env["ir.config_parameter"].set_param("web.base.url", f"http://127.0.0.1:{port}")
    # the people of the demo have addresses that nobody may write to
    env.ref("mail.ir_cron_mail_scheduler_action").active = False
    _load_demo_data(env)
    _tax_services(env, company)
    demo_portal.open_payments(env, company)


def _set_exchange_rate(env, company):
    """Have a rate of the euro since before the first week."""
    day = fields.Date.today() - timedelta(weeks=8)
    env["res.currency.rate"].create(
        {
            "currency_id": env.ref("base.EUR").id,
            "company_id": company.id,
            "name": day,
            "company_rate": EUROS_PER_DOLLAR,
        }
    )


def _open_accounts(env):
    """Have accounts for what is earned and not billed, and billed too early."""
    env["account.account"].create(
        [
            {"name": name, "code": code, "account_type": account_type}
            for name, code, account_type in ACCOUNTS
        ]
    )


def _load_demo_data(env):
    """Load the files that Odoo loads with ``--with-demo``."""
    # nobody is told of a task that was theirs all along
    quiet = env(context={"mail_auto_subscribe_no_notify": True, "lang": "en_US"})
    for name in Manifest.for_addon(ADDON)["demo"]:
        convert_file(quiet, ADDON, name, {}, mode="init", noupdate=True)
    quiet.flush_all()


def _tax_services(env, company):
    """Have the company's sales tax on the services, however it was installed."""
    for product in env["project.billing.kind"]._default_products():
        product.taxes_id |= company.account_sale_tax_id
