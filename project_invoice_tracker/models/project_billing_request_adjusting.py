"""Adjusting lines: lines of a draft that are computed from its other lines."""

from odoo import models

from ..const import ADJUSTING_KINDS
from ..engine import is_engine
from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """Update deductions, retentions and minimum fees of a draft."""

    _inherit = "project.billing.request"

    def _adjust_lines(self):
        """Let the kinds bring their own lines of these drafts up to date.

        Called after every change of content; a kind that no project of the
        requests has a rule of is not asked.
        """
        rules = self.env["project.billing.rule"]
        for name in ADJUSTING_KINDS:
            billed = rules._billed_project_ids(name)
            kind = self.env["project.billing.kind"]._get(name)
            for request in self:
                if request.project_id.id in billed and request.state == "draft":
                    # sudo: automatic lines; whoever changed the draft was checked
                    kind.sudo()._adjust(request._engine())


class ProjectBillingLine(models.Model):
    """Refuse to edit adjusting lines by hand."""

    _inherit = "project.billing.line"

    def _check_not_adjusting(self):
        """Refuse to change a line that is computed from the other lines.

        :raises BillingError: naming the line
        """
        if is_engine(self.env):
            return
        for line in self.filtered("adjusts"):
            raise BillingError(
                self.env._(
                    "“%(line)s” follows the other lines by itself and cannot be "
                    "changed by hand.",
                    line=line.name,
                )
            )
