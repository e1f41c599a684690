"""Retention: a percentage of what is billed is withheld and billed later."""

from decimal import Decimal

from odoo import api, models

from ..billing.adjustments import Overdrawn, hold, releases
from ..billing.rounding import exact
from ..exceptions import BillingError
from .currency_step import step_of
from .phrases import number
from .service_terms import taxes_of


class ProjectBillingKindRetention(models.AbstractModel):
    """Withheld amounts are lines of the requests; their releases are items.

    Amounts are withheld, and released, per set of taxes, so that the taxes come with
    the release.
    """

    _name = "project.billing.kind.retention"
    _inherit = ["project.billing.kind"]
    _description = "Billing of Retention"

    _kind = "retention"
    _source_field = "source_key"
    _follows_calendar = True

    # === HOLDING BACK ===

    @api.model
    def _section_title(self):
        return self.env._("Retentions")

    @api.model
    def _adjust(self, request):
        super()._adjust(request)
        if request.invoice_id:
            return
        wanted = {}
        for rule in self._adjusting_rules(request):
            if rule.date_start <= request.date_to and (
                not rule.date_end or request.date_to <= rule.date_end
            ):
                wanted.update(self._wanted_holds(request, rule))
        if wanted or self._adjusting_lines(request):
            self._keep_items(request, self._keep_lines(request, wanted), "hold")

    @api.model
    def _wanted_holds(self, request, rule):
        """Return the values of a rule's retention lines, one per set of taxes."""
        kinds = rule._held_kinds()
        lines = request.line_ids._live().filtered(lambda line: line.kind in kinds)
        step = step_of(request.currency_id)
        env = request._customer_env()
        wanted = {}
        for taxes, taxed in lines.grouped("tax_ids").items():
            percentage = exact(rule.retention_percentage)
            amount = hold(self._in_terms_of_price(taxed), percentage, step)
            if amount:
                like = self._taxed_like(rule, taxed)
                key = f"{rule.id}/{','.join(map(str, sorted(taxes.ids)))}"
                wanted[key] = self._adjusting_values(
                    request,
                    rule,
                    key,
                    env._(
                        "Retention %(share)s %%",
                        share=number(env, rule.retention_percentage),
                    ),
                    amount,
                    quantity=-1.0,
                    tax_product_id=like.id,
                )
        return wanted

    @api.model
    def _taxed_like(self, rule, lines):
        """Return a service with the taxes of ``lines``, always the same one."""
        own = lines[0].tax_product_id or lines[0].product_id
        used = self.env["project.billing.item"].search(
            [("rule_id", "=", rule.id), ("is_adjustment", "=", True)], order="id"
        )
        same = used.tax_product_id.filtered(
            lambda product: self._taxes_in(rule, product) == self._taxes_in(rule, own)
        )
        return same[:1] or own

    @api.model
    def _taxes_in(self, rule, product):
        position = self.env["account.fiscal.position"]
        return taxes_of(product, rule.company_id, position)

    # === RELEASING ===

    @api.model
    def _wanted_items(self, rules, projects, source_ids=None):
        items = self.env["project.billing.item"].search(
            [("rule_id", "in", rules.ids), ("kind", "=", "retention")], order="id"
        )
        wanted = []
        for rule in rules:
            own = items.filtered(lambda item, rule=rule: item.rule_id == rule)
            held = own.filtered(lambda i: i.is_adjustment and i.quantity_billed)
            given = own.filtered(lambda i: not i.is_adjustment)
            given = given.filtered(lambda i: i.quantity_open != i.quantity)
            for product in (held | given).tax_product_id.sorted("id"):
                wanted += self._wanted_releases(rule, product, held, given)
        return wanted

    @api.model
    def _wanted_releases(self, rule, product, held, given):
        """Return the items that release what is withheld with one service's taxes.

        :param held: items withheld on posted invoices
        :param given: items of releases that are in use
        """
        held = held.filtered(lambda item: item.tax_product_id == product)
        given = given.filtered(lambda item: item.tax_product_id == product)
        amount = -sum(
            (exact(i.quantity_billed) * exact(i.price_unit) for i in held), exact(0)
        )
        plan = rule.retention_release_ids.sorted(lambda r: (r.sequence, r.id))
        settled = {}
        for item in given:
            key = self._release_of(item)
            position = plan.ids.index(key) if key in plan.ids else 0
            price = settled.get(position, Decimal(0)) + exact(item.price_unit)
            settled[position] = price
        try:
            parts = releases(
                amount,
                [exact(release.percentage) for release in plan],
                settled,
                step_of(rule.currency_id),
            )
        except Overdrawn:
            self._refuse_overdrawn(rule, given)
        wanted = []
        for release, part in zip(plan, parts, strict=True):
            count = sum(self._release_of(item) == release.id for item in given)
            if part:
                wanted.append(self._release_values(rule, release, product, part, count))
        return wanted

    @staticmethod
    def _release_of(item):
        """Return the id of the rule's release that an item bills."""
        return int(item.source_key.split("/")[2])

    @api.model
    def _release_values(self, rule, release, product, amount, count):
        """Return the item values of one release, of which ``count`` are in use."""
        return self._item_values(
            rule,
            Decimal(1),
            amount,
            name=self.env._("Release of retention (%s)", release._title()),
            source_key=f"{rule.id}/release/{release.id}/{product.id}/{count}",
            tax_product_id=product.id,
            date=release._due_date(),
            ready=release._is_due(rule._billing_today()),
            explanation=self.env._(
                "%(share)s %% of what “%(rule)s” holds back",
                share=number(self.env, release.percentage),
                rule=rule.name,
            ),
        )

    @api.model
    def _refuse_overdrawn(self, rule, given):
        """Refuse to withhold less than was released, naming the invoices."""
        raise BillingError(
            self.env._(
                "What “%(rule)s” holds back was released with %(holders)s already. "
                "Credit that first, or take it out there.",
                rule=rule.name,
                holders=", ".join(given._holder_names()),
            )
        )

    # === FOLLOWING ===

    @api.model
    def _follow_ledger(self, items):
        """Override to release as much as posted invoices withhold."""
        result = super()._follow_ledger(items)
        # asked for, not read: there may be thousands, of which none is a retention
        held = items.search(
            [
                ("id", "in", items.ids),
                ("kind", "=", self._kind),
                ("is_adjustment", "=", True),
            ]
        )
        if held:
            self._sync_items(held.project_id)
        return result
