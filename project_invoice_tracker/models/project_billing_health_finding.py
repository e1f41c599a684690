"""Findings of integrity checks: one sentence each."""

from odoo import api, fields, models

from ..exceptions import BillingError
from .health_checks import CHECKS


class ProjectBillingHealthFinding(models.Model):
    """One record that fails an integrity check."""

    _name = "project.billing.health.finding"
    _inherit = ["project.billing.guard"]
    _description = "Billing Health Finding"
    _order = "health_id, id"
    _engine_owned = True

    health_id = fields.Many2one(
        "project.billing.health",
        string="Check",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="health_id.company_id", store=True)
    model = fields.Char(readonly=True, export_string_translation=False)
    res_id = fields.Integer(readonly=True, string="Record")
    name = fields.Char(readonly=True, string="Record Name")
    found = fields.Char(readonly=True)
    expected = fields.Char(readonly=True)
    sentence = fields.Char(compute="_compute_sentence", string="Finding")

    @api.depends("health_id.code", "name", "found", "expected")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for finding in self:
            check = CHECKS.get(finding.health_id.code)
            sentence = check and self.env._(check.sentence)
            finding.sentence = sentence and sentence % {
                "record": finding.name or self.env._("Something that is gone"),
                "found": finding.found or "–",
                "expected": finding.expected or "–",
            }

    def action_open(self):
        """Open the record that this finding is about."""
        self.ensure_one()
        self.health_id._check_some()
        record = self.env[self.model].browse(self.res_id) if self.model else None
        if not record or not record.exists():
            raise BillingError(self.env._("There is no record to open."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
