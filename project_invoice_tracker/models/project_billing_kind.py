"""Billing methods (kinds): one model each, with the same few methods.

A new kind is a new model, a value in ``const.KINDS`` and, so that retention can be
withheld from it, a field ``retention_on_<kind>`` of the rule.
"""

from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, format_date

from ..billing.rounding import exact, money
from ..const import KINDS
from .currency_step import step_of


class ProjectBillingKind(models.AbstractModel):
    """Base of all kinds: which items there are, and how their lines read."""

    _name = "project.billing.kind"
    _description = "Kind of Billing"

    #: Value of the ``kind`` fields, and last part of the model's name.
    _kind = None
    #: Field of the item that links it to its source, if it has one.
    _source_field = None
    #: Unit in which the ledger counts, see ``const.UNITS``.
    _unit = "unit"
    #: The discount of a rule is taken off the items of this kind.
    _discountable = False
    #: What is ready depends on the day: the daily job looks at the items again.
    _follows_calendar = False
    #: A part of a source that is in use leaves the other parts free.
    _parts_apart = False
    #: Prices are those of the rule today: what the ledger gives back is priced again.
    _priced_when_freed = False
    #: A credit of this kind may be a line of its own, beside lines that outweigh it.
    _line_may_credit = False

    @api.model
    def _get(self, kind):
        """Return the model of ``kind``."""
        return self.env[f"project.billing.kind.{kind}"]

    # === VERBS ===

    @api.model
    def _sync_items(self, projects, source_ids=None):
        """Bring the items of some projects up to date with their sources.

        :param projects: projects whose rules or sources changed
        :param source_ids: only these sources, wherever they belong now
        """
        if not self._source_field or not projects or source_ids == []:
            return
        rules = self._get_rules(projects)
        wanted = self._wanted_items(rules, projects, source_ids) if rules else []
        self._store_wanted(self._source_field, projects, source_ids, wanted)

    @api.model
    def _store_wanted(self, source_field, projects, source_ids, wanted):
        """Store the wanted items of these sources, or of all in these projects.

        :param str source_field: the field that links the items to their sources
        """
        condition = SQL(
            "item.kind = %s AND item.%s",
            self._kind,
            SQL("%s IN %s", SQL.identifier(source_field), tuple(source_ids))
            if source_ids is not None
            else SQL("project_id IN %s", tuple(projects.ids)),
        )
        self.env["project.billing.item"]._store_items(
            source_field, condition, wanted, self._parts_apart
        )

    @api.model
    def _sync_stale(self, projects):
        """Update items whose sources changed without the ORM's methods.

        Called before items are collected. By default all sources are compared; a kind
        with many sources finds the changed ones in SQL first.
        """
        self._sync_items(projects)

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        """Return the values of the items that the sources should have.

        :param rules: active rules of this kind, in order of precedence
        :returns: list of :meth:`_item_values`, each with its source set; a source
            without any gets no item. Overridden by each kind that has sources.
        """
        return []

    @api.model
    def _follow_ledger(self, items):
        """Update items of this kind that are derived from other items.

        Called after the ledger changed the counters of ``items`` (elevated, of any
        kind), as long as a project has a rule of this kind.
        """
        if not self._priced_when_freed:
            return
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT project_id FROM project_billing_item"
                " WHERE id = ANY(%s) AND kind = %s"
                " AND quantity = quantity_open AND quantity <> 0",
                items.ids,
                self._kind,
            )
        )
        if rows:
            # the contract may have changed while the item was in use
            self._sync_items(self.env["project.project"].browse(row[0] for row in rows))

    @api.model
    def _adjust(self, request):
        """Update the lines that this kind adds to a draft automatically.

        Called for the kinds in ``const.ADJUSTING_KINDS`` whenever the content of a
        draft changed; calling it again must change nothing.

        :param request: one draft request, with the engine's rights
        """

    @api.model
    def _line_name(self, request, planned, env):
        """Return the text of a new line, in the language of the customer.

        :param request: the request it belongs to
        :param planned: :class:`billing.grouping.PlannedLine`
        :param env: environment with the customer's language, elevated for names
        """
        return (
            env["project.billing.item"].browse(planned.first.id).name
            or env["product.product"].browse(planned.first.product_id).name
        )

    @api.model
    def _waits_for(self, item):
        """Return in words what keeps an item from being ready; False if unknown."""
        if item.date and item.date > item.company_id._billing_today():
            return self.env._("Its day, %s", format_date(self.env, item.date))
        return False

    @api.model
    def _section_title(self):
        """Return the heading that the customer reads above lines of this kind."""
        return self.env._("Other services")

    @api.model
    def _finish_lines(self, lines):
        """Complete lines of this kind after work was added to them (engine only)."""

    @api.model
    def _line_detail(self, detail):
        """Return the line detail for items of this kind; by default one line each.

        :param str detail: the choice of the rule, see ``const.LINE_DETAILS``
        """
        return "entry"

    @api.model
    def _line_uom(self, product, day=None):
        """Return the unit of measure a line of this kind is sold in."""
        return self._uom("uom.product_uom_unit")

    @api.model
    def _default_product(self):
        """Return the service that a new rule of this kind proposes."""
        return self.env.ref(
            f"project_invoice_tracker.product_{self._kind}", raise_if_not_found=False
        )

    @api.model
    def _default_products(self):
        """Return the services that new rules propose, of all kinds."""
        products = [self._get(kind)._default_product() for kind, _label in KINDS]
        return self.env["product.product"].union(*filter(None, products))

    # === HELPERS ===

    @api.model
    def _uom(self, xmlid):
        """Return a unit of measure, without the query that `env.ref` makes."""
        data = self.env["ir.model.data"]
        return self.env["uom.uom"].browse(data._xmlid_to_res_id(xmlid, True))

    @api.model
    def _get_rules(self, projects):
        """Return the active rules of this kind, in order of precedence."""
        if not projects:
            return self.env["project.billing.rule"]
        # sudo: items are kept true whoever logs time or moves a milestone
        rules_sudo = self.env["project.billing.rule"].sudo()
        return rules_sudo.with_context(active_test=True).search(
            [("project_id", "in", projects.ids), ("kind", "=", self._kind)]
        )

    @api.model
    def _item_values(self, rule, quantity, price, **values):
        """Return the values of an item, including all that its rule decides."""
        divisor = 60 if values.get("unit", self._unit) == "minute" else 1
        discount = values.get("discount")
        if discount is None:
            discount = exact(rule.discount) if self._discountable else Decimal(0)
        amount = quantity * (price or 0) / divisor * (1 - discount / 100)
        return {
            **dict.fromkeys(self.env["project.billing.item"]._source_columns()),
            "rule_id": rule.id,
            "project_id": rule.project_id.id,
            "company_id": rule.company_id.id,
            "currency_id": rule.currency_id.id,
            "kind": self._kind,
            "unit": self._unit,
            "part": 0,
            "ready": True,
            "quantity_recorded": quantity,
            "quantity": quantity,
            "price_unit": price or 0,
            "amount": money(amount, step_of(rule.currency_id)),
            **values,
            "discount": discount,
        }
