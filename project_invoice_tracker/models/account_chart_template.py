"""Charts of accounts: the add-on's services get the company's sales tax."""

from odoo import models


class AccountChartTemplate(models.AbstractModel):
    """Set the company's default tax on the add-on's services when it gets a chart."""

    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        """Override of `account`, which skips products that have no tax at all yet.

        Where everything is installed in one go, our services exist before any tax
        does, and would be invoiced without one, silently.
        """
        result = super()._post_load_data(template_code, company, template_data)
        company = company or self.env.company
        # sudo: services of ours without a company, whoever loads the chart
        kinds = self.env["project.billing.kind"].sudo()
        for service in kinds._default_products():
            template = service.product_tmpl_id
            if not template.taxes_id._filter_taxes_by_company(company):
                template._force_default_sale_tax(company)
        return result
