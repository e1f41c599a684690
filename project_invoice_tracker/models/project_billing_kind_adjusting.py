"""Kinds with automatic lines: the lines that follow the others of a draft."""

from odoo import api, models

from ..billing.rounding import exact, money
from .currency_step import step_of

#: Automatic lines come after those of the work.
LAST = 900


class ProjectBillingKind(models.AbstractModel):
    """A kind that may add automatic lines, with items behind them."""

    _inherit = "project.billing.kind"

    @api.model
    def _adjusting_lines(self, request):
        """Return the automatic lines of this kind on a request.

        Lines that accounting removed from the invoice are left out: they never hold
        anything again.
        """
        return request.line_ids.filtered(
            lambda line: line.adjusts and line.kind == self._kind and not line.removed
        )

    @api.model
    def _adjusting_rules(self, request):
        """Return the rules of this kind that may add lines to a request.

        Only rules in the company and currency of the request.
        """
        return self._get_rules(request.project_id).filtered(
            lambda rule: (
                rule.currency_id == request.currency_id
                and rule.company_id == request.company_id
            )
        )

    @api.model
    def _keep_lines(self, request, wanted, follow=("price_unit", "tax_product_id")):
        """Create, update or remove the automatic lines of this kind on a draft.

        :param dict wanted: values by key, see :meth:`_adjusting_values`
        :param follow: fields that are updated on existing lines
        :returns: ``{key: line}``
        """
        existing = {line.group_key: line for line in self._adjusting_lines(request)}
        unwanted = request.line_ids.browse(
            line.id for key, line in existing.items() if key not in wanted
        )
        self._drop_lines(unwanted)
        missing = [values for key, values in wanted.items() if key not in existing]
        created = request.line_ids._engine().create(missing)
        kept = {line.group_key: line for line in created}
        for key in wanted.keys() & existing.keys():
            kept[key] = existing[key]._engine()
            changed = {
                name: wanted[key][name]
                for name in follow
                if self._plain(kept[key][name]) != self._plain(wanted[key][name])
            }
            if changed:
                kept[key].write(changed)
        return kept

    @staticmethod
    def _plain(value):
        """Return a value of a line to compare with a wanted one."""
        if isinstance(value, models.BaseModel):
            return value.id
        return exact(value) if isinstance(value, float) else value

    @api.model
    def _drop_lines(self, lines):
        """Remove automatic lines from a draft, with the items that only they have."""
        if not lines:
            return
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        items = self.env["project.billing.item"]._engine().browse(ledger._forget(lines))
        items.filtered("is_adjustment")._drop_own_items()
        lines._engine().unlink()

    @api.model
    def _adjusting_values(self, request, rule, key, name, price, **values):
        """Return the values of an automatic line: one piece, at a price."""
        return {
            "request_id": request.id,
            "kind": self._kind,
            "rule_id": rule.id,
            "group_key": key,
            "name": name,
            "product_id": rule.product_id.id,
            "product_uom_id": self._uom("uom.product_uom_unit").id,
            "unit": "unit",
            "quantity": 1.0,
            "price_unit": float(price),
            "sequence": LAST,
            "adjusts": True,
            "tax_product_id": False,
            **values,
        }

    @api.model
    def _keep_items(self, request, lines, part):
        """Create or update the own item of each automatic line.

        :param dict lines: ``{key: line}``; the line's quantity is 1 or -1
        :param str part: which items they are, for their keys
        """
        Item = self.env["project.billing.item"]._engine()
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        every = request.line_ids.union(*lines.values())
        held = ledger._slices(every, "reserved")
        missing = []
        for line in lines.values():
            price = exact(line.price_unit)
            if line.id not in held:
                missing.append((line, self._own_item_values(line, part)))
                continue
            item = Item.browse(held[line.id][0].item_id)
            if exact(item.price_unit) != price:
                amount = price * exact(line.quantity)
                item.write({"price_unit": float(price), "amount": float(amount)})
        items = Item.create([values for _line, values in missing])
        ledger._reserve(
            [
                (item.id, line, exact(line.quantity))
                for item, (line, _values) in zip(items, missing, strict=True)
            ]
        )

    @api.model
    def _own_item_values(self, line, part):
        """Return the values of the own item of an automatic line."""
        request, rule, quantity = line.request_id, line.rule_id, exact(line.quantity)
        values = self._item_values(
            rule,
            quantity,
            exact(line.price_unit),
            unit="unit",
            name=line.name,
            source_key=f"{rule.id}/{part}/{request.id}/{line.id}",
            product_id=line.product_id.id,
            tax_product_id=line.tax_product_id.id,
            date=request.date_to or None,
            ready=False,
            is_adjustment=True,
            explanation=self.env._("Follows the other lines of %s", request.name),
        )
        return {**values, **self._open_counters(values)}

    @api.model
    def _open_counters(self, values):
        """Return the counters of a new item of which nothing is allocated."""
        return {
            "quantity_open": values["quantity"],
            "quantity_reserved": 0,
            "quantity_billed": 0,
            "quantity_written_off": 0,
            "amount_open": values["amount"],
            "state": "open",
        }

    @api.model
    def _in_terms_of_price(self, lines, taxes=None):
        """Return the amount of lines as one would type it as a price with these taxes.

        With price-included taxes that is their total, otherwise their untaxed amount.
        """
        taxes = lines.tax_ids if taxes is None else taxes
        name = "price_total" if any(taxes.mapped("price_include")) else "price_subtotal"
        step = step_of(lines.currency_id[:1])
        return sum((money(exact(line[name]), step) for line in lines), exact(0))
