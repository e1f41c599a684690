"""Invoice and bill lines of orders: the time they invoice, the costs they pass on."""

from odoo import api, models
from odoo.fields import Domain


class AccountMoveLine(models.Model):
    """Keep time and costs that a request holds off sales orders."""

    _inherit = "account.move.line"

    @api.model
    def _timesheet_domain_get_invoiced_lines(self, sale_line_delivery):
        """Override of `sale_timesheet`: the time of requests is not linked."""
        domain = super()._timesheet_domain_get_invoiced_lines(sale_line_delivery)
        return Domain.AND([domain, [("billing_held", "=", False)]])

    def _get_so_mapping_from_project(self):
        """Override of `sale_project`: put no cost that rules bill on an order."""
        mapping = super()._get_so_mapping_from_project()
        billed = self.env["project.billing.rule"]._billed_project_ids("cost")
        latest = self.env["project.billing.handover"]._latest()
        if not mapping or billed.isdisjoint(latest):
            return mapping
        # sudo: which project a bill is for, whoever posts it
        projects_sudo = self.env["project.project"].sudo()
        projects_sudo = projects_sudo.browse(billed & latest.keys())
        for line in self.filtered(lambda line: mapping.get(line.id)):
            keys = ",".join(line.analytic_distribution or {}).split(",")
            for project in projects_sudo:
                handover = project.env["project.billing.handover"]._in_force(project)
                if str(project.account_id.id) in keys and handover._takes_cost(line):
                    del mapping[line.id]
                    break
        return mapping

    def _sale_create_reinvoice_sale_line(self):
        """Override of `sale`: put no cost that a request holds on an order."""
        held = self.browse()
        if self.env["project.billing.rule"]._billed_project_ids("cost"):
            # sudo: what requests hold, whoever posts the bill
            items_sudo = self.env["project.billing.item"].sudo()
            domain = Domain("cost_line_id", "in", self.ids)
            expenses = "expense_id" in items_sudo._fields
            if expenses:
                domain |= Domain("expense_id", "in", self.expense_id.ids)
            used = items_sudo.search(domain).filtered(
                lambda item: item.quantity_open != item.quantity
            )
            held = self & used.cost_line_id.with_env(self.env)
            if expenses:
                held |= self.filtered(lambda line: line.expense_id in used.expense_id)
        free = self - held
        if not free:
            return {}
        return super(AccountMoveLine, free)._sale_create_reinvoice_sale_line()
