"""Weekly digest: a mail to each person with what to bill and what is overdue."""

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .phrases import for_days

MAIL = "project_invoice_tracker.mail_digest"
#: So many lines of each kind are in a mail; the rest is counted.
MOST = 8
#: Who gets one: who bills own projects, and who posts the invoices of a company.
READERS = (
    "project_invoice_tracker.group_billing_user",
    "account.group_account_invoice",
)


class ResCompany(models.Model):
    """Whether a company sends weekly digests."""

    _inherit = "res.company"

    billing_digest = fields.Boolean(
        string="Weekly Digest",
        default=True,
        help="Once a week, managers and accounting get a mail with what to bill and "
        "what is late. Everybody can switch the own one off in the preferences.",
    )

    def _billing_digest_readers(self):
        """Return the users of this company who want the digest."""
        self.ensure_one()
        users = self.env["res.users"]
        for group in READERS:
            # sudo: the members of a group
            users |= self.env.ref(group).sudo().all_user_ids
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.billing_digest
                and user.email
                and self in user.company_ids
            )
        ).sorted("id")


class ResConfigSettings(models.TransientModel):
    """The weekly digest, on the settings page."""

    _inherit = "res.config.settings"

    billing_digest = fields.Boolean(related="company_id.billing_digest", readonly=False)


class ResUsers(models.Model):
    """Content of the weekly digest of a user."""

    _inherit = "res.users"

    billing_digest = fields.Boolean(
        string="Weekly Billing Digest",
        default=True,
        help="A mail once a week: what to bill, and what is late.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "billing_digest"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "billing_digest"]

    # === QUEUE ===

    @api.model
    def _billing_cron_digest(self):
        """Queue the digests of this week; a second run queues nothing more."""
        # sudo: who gets one in which company; the contents are read as each of them
        companies = (
            self.env["res.company"].sudo().search([("billing_digest", "=", True)])
        )
        for company in companies:
            year, week, _day = company._billing_today().isocalendar()
            self.env["project.billing.outbox"]._queue(
                [
                    {
                        "key": f"digest/{company.id}/{user.id}/{year}-{week:02}",
                        "kind": "digest",
                        "company_id": company,
                        "user_id": user,
                        "owner_id": user,
                    }
                    for user in company._billing_digest_readers()
                ]
            )

    # === CONTENT ===

    def _billing_digest_sections(self, company):
        """Return the sections of this user's digest for a company, as plain texts.

        Read as that user: the record rules decide which projects are in it.

        :returns: list of dicts with ``title``, ``rows`` (label, text, remark), ``more``
            (how many rows are left out) and ``path`` of the screen that shows all
        """
        self.ensure_one()
        own = self.with_user(self).with_company(company)
        env = own.with_context(
            allowed_company_ids=company.ids, lang=self.lang, tz=self.tz
        ).env
        users = env["res.users"]
        sections = [
            (env._("To bill"), "to-bill", users._billing_digest_open()),
            (env._("Overdue"), "project-invoices", users._billing_digest_overdue()),
            (env._("Forgotten"), "billing-leaks", users._billing_digest_leaks()),
        ]
        return [
            {
                "title": title,
                "path": path,
                "rows": rows[:MOST],
                "more": len(rows[MOST:]),
            }
            for title, path, rows in sections
            if rows
        ]

    @api.model
    def _billing_digest_open(self):
        """Return what may be billed now, by project and currency, largest first."""
        items = self.env["project.billing.item"]
        if not items.has_access("read"):
            return []
        found = items._read_group(
            [
                ("company_id", "=", self.env.company.id),
                ("quantity_open", "!=", 0),
                ("ready", "=", True),
                ("is_adjustment", "=", False),
            ],
            ["project_id", "currency_id"],
            ["amount_open:sum", "date:min"],
            order="amount_open:sum desc, project_id",
        )
        return [
            (
                project.sudo().display_name,  # sudo: the name, for accounting
                format_amount(self.env, amount, currency),
                self.env._("since %s", format_date(self.env, since)) if since else "",
            )
            for project, currency, amount, since in found
            if not currency.is_zero(amount)
        ]

    @api.model
    def _billing_digest_overdue(self):
        """Return overdue amounts, by project and currency."""
        invoices = self.env["project.billing.invoice"]
        if not invoices.has_access("read"):
            return []
        found = invoices._read_group(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "=", "posted"),
                ("amount_overdue", "!=", 0),
            ],
            ["project_id", "currency_id"],
            ["amount_overdue:sum", "days_late:max"],
            order="amount_overdue:sum desc, project_id",
        )
        return [
            (
                project.sudo().display_name,  # sudo: the name, for accounting
                format_amount(self.env, amount, currency),
                self.env._("the oldest %s", for_days(self.env, days)),
            )
            for project, currency, amount, days in found
            if currency.compare_amounts(amount, 0) > 0
        ]

    @api.model
    def _billing_digest_leaks(self):
        """Return the leaks that the user may read, the oldest first."""
        leaks = self.env["project.billing.leak"]
        if not leaks.has_access("read"):
            return []
        found = leaks.search([("company_id", "=", self.env.company.id)])
        return [
            (
                leak.project_id.sudo().display_name,  # sudo: the name, as above
                format_amount(self.env, leak.amount, leak.currency_id)
                if leak.amount
                else "",
                leak.name,
            )
            for leak in found
        ]


class ProjectBillingOutbox(models.Model):
    """Rows of the kind ``digest``: one weekly mail to a user."""

    _inherit = "project.billing.outbox"

    def _deliver_digest(self):
        """Send the digest to one user, or nothing if it is empty."""
        user, company = self.user_id, self.company_id
        if user not in company._billing_digest_readers() or not company.billing_digest:
            self.error = self.env._("It was switched off meanwhile.")
            return None
        sections = user._billing_digest_sections(company)
        if not sections:
            self.error = self.env._("There is nothing to bill, and nothing is late.")
            return None
        body = self.env["ir.qweb"]._render(
            MAIL,
            {
                "user": user,
                "company": company,
                "sections": sections,
                "base_url": company.get_base_url(),
            },
        )
        return self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            author_id=company.partner_id.id,
            subject=self.env._("%s: what to bill, and what is late", company.name),
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )
