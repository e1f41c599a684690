"""Collecting: what belongs to orders is named when nothing else is left."""

from odoo import api, models


class ProjectBillingRequest(models.Model):
    """Somebody who finds nothing to bill reads who bills it."""

    _inherit = "project.billing.request"

    @api.model
    def _nothing_message(self, projects, date_to):
        message = super()._nothing_message(projects, date_to)
        return " ".join(filter(None, (message, projects._billing_order_sentences())))
