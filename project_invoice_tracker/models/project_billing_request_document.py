"""Documents of a request: headings, texts, and a preview of the annex."""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import is_html_empty

from ..billing.rounding import exact_money
from .annex_reader import AnnexReader
from .annex_words import AnnexWords
from .currency_step import step_of


class ProjectBillingRequest(models.Model):
    """Give each kind of lines a heading, made of Odoo's own section lines.

    Headings have no amount: the ledger, approvals and credit notes use only the lines
    between them, each of which is still made from one line of the request.
    """

    _inherit = "project.billing.request"

    def _sections(self):
        """Override: add a heading for each kind of lines.

        No headings where there is one kind only, or where the template has none. In the
        language of the customer.
        """
        self.ensure_one()
        lines = self.line_ids._live()
        template = self.env["project.billing.template"]._of_requests(self)
        [options] = (found._options() for found in template.values())
        groups = lines.grouped(lambda line: "adjust" if line.adjusts else line.kind)
        if len(groups) < 2 or not options["in_sections"]:
            return super()._sections()
        env = self._customer_env()
        kinds = env["project.billing.kind"]
        return [
            (
                env._("Adjustments")
                if key == "adjust"
                else kinds._get(key)._section_title(),
                part,
            )
            for key, part in groups.items()
        ]

    def _section_subtotal(self, lines):
        """Return the subtotal of a section, untaxed like its lines."""
        step = step_of(self.currency_id)
        return float(sum(exact_money(line.price_subtotal, step) for line in lines))

    # === TEXTS ===

    @api.model
    def _prepare_draft(self, project, date_to):
        """Override to start with the personal message of the project."""
        values = super()._prepare_draft(project, date_to)
        # sudo: of a project that the user bills
        message = project.sudo().billing_message
        if not is_html_empty(message):
            values["narration"] = message
        return values

    def _document_preview(self):
        """Return the texts and the annex that the customer will get, as plain text.

        In the language of the environment, from what the request holds now.
        """
        self.ensure_one()
        self.check_access("read")
        [(content, _files)] = AnnexReader(self).contents().values()
        numbers = {
            (0, file["key"]): number
            for number, file in enumerate(
                (f for f in content["files"] if f["key"].startswith("receipt/")), 1
            )
        }
        project = AnnexWords(self.env, numbers).project(0, content)
        shown = content["options"]["with_annex"] and any(
            project[name] for name in ("time", "milestones", "costs", "approvals")
        )
        return {
            "introduction": content["introduction"],
            "closing": content["closing"],
            "annex": {"number": self.name, "projects": [project]} if shown else {},
        }

    def action_evidence_pack(self):
        """Download the evidence pack of the posted invoice: for the manager.

        :raises AccessError: when the user does not manage all projects of the invoice
        :raises BillingError: when it is not posted
        """
        self.ensure_one()
        self._check_can_send()
        # sudo: the invoice of a request that was checked; managers read none
        move_sudo = self.sudo().invoice_id
        if not move_sudo.with_env(self.env)._billing_may_have_pack():
            raise AccessError(
                self.env._(
                    "%s is also for projects that you do not manage. Accounting can "
                    "download its evidence pack.",
                    move_sudo.name,
                )
            )
        move_sudo._billing_check_pack()
        return move_sudo._billing_offer_pack()
