"""Who changed which price, and when: such people do not approve what it bills."""

from odoo import api, fields, models
from odoo.tools import SQL

#: What makes the price of a rate, of a rule, of a volume tier.
RATE_FIELDS = (
    "price_unit",
    "unit",
    "hours_per_day",
    "weekend_multiplier",
    "daily_limit",
    "overtime_multiplier",
    "date_from",
    "date_to",
)
#: The price of a rule that a rate takes the place of, where there is one.
OWN_PRICE = "price_unit"
RULE_FIELDS = (
    OWN_PRICE,
    "discount",
    "contract_amount",
    "recurring_price",
    "cost_policy",
    "cost_markup",
    "minimum_fee",
    "pack_price",
    "advance_amount",
    "advance_percentage",
)

#: Who changed a price that work behind the requests was priced with, since the first
#: day of the period, in the time zone of the company.
CHANGERS = """
    WITH used AS (
        SELECT DISTINCT a.request_id, item.rule_id,
               coalesce((item.pricing ->> 'rate_id')::int, 0) AS rate_id
          FROM project_billing_allocation a
          JOIN project_billing_item item ON item.id = a.item_id
         WHERE a.request_id IN %(requests)s AND a.state <> 'released'
    ), changed AS (
        SELECT journal.model, journal.res_id, journal.reason, journal.user_id,
               (journal.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
          FROM project_billing_journal journal
         WHERE journal.action = 'rate_changed'
           AND journal.company_id = %(company)s)
    SELECT used.request_id, changed.user_id
      FROM used
      JOIN project_billing_request request ON request.id = used.request_id
      JOIN changed ON changed.model = 'project.billing.rate'
       AND changed.res_id = used.rate_id
     WHERE changed.day >= coalesce(request.date_from, request.create_date::date)
     UNION
    SELECT used.request_id, changed.user_id
      FROM used
      JOIN project_billing_request request ON request.id = used.request_id
      JOIN changed ON changed.model = 'project.billing.rule'
       AND changed.res_id = used.rule_id
       AND (used.rate_id = 0 OR changed.reason <> %(own_price)s)
     WHERE changed.day >= coalesce(request.date_from, request.create_date::date)
"""


class ProjectBillingRequest(models.Model):
    """Who changed a price that a request uses."""

    _inherit = "project.billing.request"

    def _price_changers(self):
        """Return ``{request id: {user ids}}`` of who changed a price in use.

        Counted from the first day of the request's period on.
        """
        found = {request.id: set() for request in self}
        self.env["project.billing.journal"].flush_model()
        self.env["project.billing.item"].flush_model(["pricing", "rule_id"])
        for company, requests in self.grouped("company_id").items():
            rows = self.env.execute_query(
                SQL(
                    CHANGERS,
                    requests=tuple(requests.ids),
                    company=company.id,
                    zone=str(company._billing_zone()),
                    own_price=OWN_PRICE,
                )
            )
            for request_id, user_id in rows:
                found[request_id].add(user_id)
        return found


class PriceChanges(models.AbstractModel):
    """Records with a price: each change of it goes into the billing journal."""

    _name = "project.billing.price.changes"
    _description = "Logged Prices"

    #: Names of the fields that make the price.
    _price_fields = ()

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._record_new_prices()
        return created

    def write(self, vals):
        names = [name for name in self._price_fields if name in vals]
        before = {record.id: record._prices(names) for record in self}
        result = super().write(vals)
        for record in self:
            record._record_prices(before[record.id], record._prices(names))
        return result

    def _record_new_prices(self):
        """Write into the journal which prices came with new records."""
        for record in self:
            record._record_prices({}, record._prices(self._price_fields))

    def _prices(self, names):
        """Return the fields that make the price, as plain values."""
        return {
            name: str(self[name]) if self[name] else False
            for name in names
            if name in self._fields
        }

    def _priced_record(self):
        """Return the record whose price it is."""
        return self

    def _record_prices(self, old, new):
        """Write into the journal what changed, one row for each value."""
        record = self._priced_record()
        rows = [
            {
                "date": fields.Datetime.now(),
                "company_id": record.company_id.id,
                "project_id": record.project_id.id,
                "document": self.display_name,
                "model": record._name,
                "res_id": record.id,
                "reason": name if self == record else f"tier_{name}",
                "before": {name: old.get(name, False)},
                "after": {name: value},
            }
            for name, value in new.items()
            if value != old.get(name, False)
        ]
        if rows:
            self.env["project.billing.journal"]._record("rate_changed", rows)


class ProjectBillingRate(models.Model):
    """Rates log their prices."""

    _name = "project.billing.rate"
    _inherit = ["project.billing.rate", "project.billing.price.changes"]
    _price_fields = RATE_FIELDS


class ProjectBillingTier(models.Model):
    """Volume tiers log their prices as changes of the rule."""

    _name = "project.billing.tier"
    _inherit = ["project.billing.tier", "project.billing.price.changes"]
    _price_fields = ("price_unit", "discount", "hours_from")

    def _priced_record(self):
        return self.rule_id


class ProjectBillingRule(models.Model):
    """Rules log their prices; those of a project's first rules are its set-up."""

    _name = "project.billing.rule"
    _inherit = ["project.billing.rule", "project.billing.price.changes"]
    _price_fields = RULE_FIELDS

    def _record_new_prices(self):
        """Override: to set a project up is not to change a price."""
        later = self.browse()
        for project, rules in self.grouped("project_id").items():
            # sudo: whether there were rules before, whoever may see them
            every = project.sudo().with_context(active_test=False).billing_rule_ids
            if every - rules:
                later |= rules
        return super(ProjectBillingRule, later)._record_new_prices()
