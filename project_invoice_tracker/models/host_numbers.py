"""Numbers on Odoo's records that billing uses: those too large are refused.

Imported last, so that its checks run before any other method of ours computes with the
numbers.
"""

from odoo import api, models


class ProjectProject(models.Model):
    """Projects, with their budgets."""

    _name = "project.project"
    _inherit = ["project.project", "project.billing.numbers"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_numbers(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_numbers(vals)
        return super().write(vals)


class ProjectMilestone(models.Model):
    """Milestones, with their prices and percentages."""

    _name = "project.milestone"
    _inherit = ["project.milestone", "project.billing.numbers"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_numbers(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_numbers(vals)
        return super().write(vals)


class AccountAnalyticLine(models.Model):
    """Time entries, with their hours."""

    _name = "account.analytic.line"
    _inherit = ["account.analytic.line", "project.billing.numbers"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_numbers(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_numbers(vals)
        return super().write(vals)


class ResCompany(models.Model):
    """Companies, with their numbers of days and limits."""

    _name = "res.company"
    _inherit = ["res.company", "project.billing.numbers"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_numbers(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_numbers(vals)
        return super().write(vals)
