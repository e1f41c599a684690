"""Records of Odoo with numbers that we count with: what no column holds is refused.

Imported last, so that nothing of ours computes with such a number before.
"""

from odoo import api, models


class ProjectProject(models.Model):
    """Projects: budgets."""

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
    """Milestones: prices and shares."""

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
    """Time: hours."""

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
    """Companies: days and limits."""

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
