"""Manual billing: lines that a manager types into a request."""

from odoo import api, models

from ..billing.rounding import exact


class ProjectBillingKindManual(models.AbstractModel):
    """Each typed line has an item of its own.

    So it is counted, approved and released like everything else, and is collected by
    the next request when its invoice is cancelled.
    """

    _name = "project.billing.kind.manual"
    _inherit = ["project.billing.kind"]
    _description = "Manual Billing"

    _kind = "manual"

    @api.model
    def _get_rule(self, request):
        """Return the manual rule of the request's project; create it if needed."""
        # sudo: a manager may add a line without the right to configure rules
        rules_sudo = self.env["project.billing.rule"].sudo()
        rule = rules_sudo.search(
            [("project_id", "=", request.project_id.id), ("kind", "=", "manual")],
            limit=1,
        )
        return rule or rules_sudo.create(
            {
                "project_id": request.project_id.id,
                "company_id": request.company_id.id,
                "currency_id": request.currency_id.id,
                "kind": "manual",
                "sequence": 1000,
            }
        )

    @api.model
    def _line_uom(self, product, day=None):
        return product.uom_id

    @api.model
    def _create_items(self, lines):
        """Create the item of each manual line; return ``[(item id, line)]``."""
        vals_list = []
        for line in lines:
            quantity = exact(line.quantity)
            values = self._item_values(
                self._get_rule(line.request_id),
                quantity,
                exact(line.price_unit),
                name=line.name,
                product_id=line.product_id.id,
                date=line.request_id.date_to,
                explanation=self.env._("Typed by %s", self.env.user.name),
            )
            values.update(
                quantity_open=quantity,
                quantity_reserved=0,
                quantity_billed=0,
                quantity_written_off=0,
                amount_open=values["amount"],
                state="open",
            )
            vals_list.append(values)
        items = self.env["project.billing.item"]._engine().create(vals_list)
        return list(zip(items.ids, lines, strict=True))
