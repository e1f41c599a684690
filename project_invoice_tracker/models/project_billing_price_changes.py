"""Find who changed what a price is computed from: they may not approve it.

Changes are detected by their outcome: whoever re-prices open work, in whatever way, is
noted in the journal. Work that a request holds keeps its price, and is priced anew only
when it is collected again; so each change of what prices are computed from is noted as
well.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing import rates as rate_rules
from ..billing.rounding import exact, minutes_from_hours
from .project_billing_rate import WHO_FIELDS
from .sql_bulk import insert_rows

#: The price of a rule that a rate takes the place of, where there is one.
OWN_PRICE = "price_unit"
#: Fields of a rule that change no amount; every field that is not here does.
RULE_WORDS = {
    "name",
    "portal_prices",
    "pack_warning_percent",
    "recurring_lead_days",
    "request_on_acceptance",
    "deemed_days",
}
#: Fields of a cap that change no amount: texts, and counters of the ledger.
CAP_WORDS = {
    "name",
    "is_order",
    "partner_id",
    "alerted",
    "amount_used",
    "minutes_used",
}
#: The whole of a rate as it was before it was changed or deleted.
TERMS = "terms"
#: How old the work of a request without a first day may be for these to count.
LONGEST_PERIOD = timedelta(days=400)
#: Fields of an item that say how much of it is billed, and at which price.
AMOUNT_COLUMNS = ("rule_id", "quantity", "price_unit", "discount", "amount")

#: Who changed what work behind the requests was priced with, since the first day of the
#: period, or of the work, in the time zone of the company; and who re-priced, or added
#: after a submission, the very work.
CHANGERS = """
    WITH used AS (
        SELECT DISTINCT a.request_id, a.item_id, item.rule_id, item.task_id,
               item.employee_id, item.date, item.create_uid, item.create_date,
               %(sources)s,
               coalesce((item.pricing ->> 'rate_id')::int, 0) AS rate_id
          FROM project_billing_allocation a
          JOIN project_billing_item item ON item.id = a.item_id
         WHERE a.request_id IN %(requests)s AND a.state <> 'released'
    ), since AS (
        SELECT request.id AS request_id,
               coalesce(request.date_from,
                        least(request.create_date::date, min(used.date))) AS day,
               (SELECT min(step.date) FROM project_billing_approval step
                 WHERE step.request_id = request.id AND step.decision = 'submit'
               ) AS submitted
          FROM project_billing_request request
          LEFT JOIN used ON used.request_id = request.id
         WHERE request.id IN %(requests)s
         GROUP BY request.id
    ), changed AS (
        SELECT journal.model, journal.res_id, journal.reason, journal.user_id,
               journal.item_id,
               (journal.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
          FROM project_billing_journal journal
         WHERE journal.action = 'rate_changed'
           AND journal.company_id = %(company)s
    ), named AS (
        SELECT DISTINCT used.request_id, named.*
          FROM used, LATERAL (VALUES
               ('project.billing.rate', used.rate_id, FALSE),
               ('project.billing.rule', used.rule_id, used.rate_id <> 0),
               ('product.pricelist', CASE used.rate_id WHEN -1 THEN 0 END, FALSE),
               ('project.task', used.task_id, FALSE),
               ('hr.employee', used.employee_id, FALSE)
               ) AS named (model, res_id, by_rate)
    )
    SELECT named.request_id, changed.user_id
      FROM named
      JOIN since ON since.request_id = named.request_id
      JOIN changed ON changed.model = named.model AND changed.res_id = named.res_id
       AND NOT (named.by_rate AND changed.reason = %(own_price)s)
       AND changed.day >= since.day
     UNION
    SELECT used.request_id, changed.user_id
      FROM used
      JOIN since ON since.request_id = used.request_id
      JOIN changed ON changed.model = 'project.billing.item'
       AND changed.res_id = used.item_id AND changed.day >= since.day
     UNION
    SELECT used.request_id, changed.user_id
      FROM used
      JOIN since ON since.request_id = used.request_id
      CROSS JOIN LATERAL (VALUES %(named_sources)s) AS source (model, res_id)
      JOIN changed ON changed.model = source.model AND changed.res_id = source.res_id
       AND changed.day >= since.day
     WHERE source.res_id IS NOT NULL
     UNION
    SELECT since.request_id, changed.user_id
      FROM since
      JOIN changed ON changed.model = 'project.billing.request'
       AND changed.res_id = since.request_id
     UNION
    SELECT used.request_id, used.create_uid
      FROM used JOIN since ON since.request_id = used.request_id
     WHERE used.create_date > since.submitted
"""

#: Rates as they were before somebody changed or deleted them, latest first.
FORMER_RATES = """
    SELECT journal.user_id, journal.before,
           (journal.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
      FROM project_billing_journal journal
     WHERE journal.action = 'rate_changed' AND journal.company_id = %(company)s
       AND journal.model = 'project.billing.rate' AND journal.reason = %(terms)s
       AND journal.date >= %(first)s
     ORDER BY journal.id DESC
"""


class ProjectBillingRequest(models.Model):
    """People who changed a price that a request uses."""

    _inherit = "project.billing.request"

    def _price_changers(self):
        """Return ``{request id: {user ids}}`` of who changed a price in use.

        Changes count from the first day of the request's period on, or else from the
        first day of its work.
        """
        found = {request.id: set() for request in self}
        items = self.env["project.billing.item"]
        self.env["project.billing.journal"].flush_model()
        self.env["project.billing.approval"].flush_model(["decision", "date"])
        items.flush_model()
        links = items._source_models()
        for company, requests in self.grouped("company_id").items():
            rows = self.env.execute_query(
                SQL(
                    CHANGERS,
                    requests=tuple(requests.ids),
                    company=company.id,
                    zone=str(company._billing_zone()),
                    own_price=OWN_PRICE,
                    sources=SQL(", ").join(
                        SQL("item.%s", SQL.identifier(link)) for link in links
                    ),
                    named_sources=SQL(", ").join(
                        SQL("(%s, used.%s)", model, SQL.identifier(link))
                        for link, model in links.items()
                    ),
                )
            )
            for request_id, user_id in rows:
                found[request_id].add(user_id)
            for request_id, user_id in requests._former_rate_changers(company):
                found[request_id].add(user_id)
        return found

    def _former_rate_changers(self, company):
        """Return ``[(request id, user id)]`` of who took a rate away from the work.

        A rate that was deleted or narrowed to somebody or something else is not among
        the rates in use any more; its change counts when it would have priced the work.
        """
        first = min(
            request.date_from or request.create_date.date() - LONGEST_PERIOD
            for request in self
        )
        rows = self.env.execute_query(
            SQL(
                FORMER_RATES,
                first=first - timedelta(days=1),
                company=company.id,
                zone=str(company._billing_zone()),
                terms=TERMS,
            )
        )
        if not rows:
            return []
        found = []
        for request in self.sudo():  # sudo: the work behind, to compare
            slices = request.line_ids.allocation_ids.filtered(
                lambda part: part.state != "released" and part.kind == "time"
            )
            items = slices.item_id
            start = request.date_from or min(
                [request.create_date.date(), *filter(None, items.mapped("date"))]
            )
            used = request._rates_in_use(items)
            for user_id, terms, day in rows:
                if day >= start and any(
                    _would_have_won(terms, item, rate) for item, rate in used
                ):
                    found.append((request.id, user_id))
        return found

    @api.model
    def _rates_in_use(self, items):
        """Return ``[(item, plain rate that priced it or None)]``, alike ones once."""
        # sudo: comparison only
        rates_sudo = self.env["project.billing.rate"].sudo()
        alike = {}
        for item in items:
            rate_id = (item.pricing or {}).get("rate_id") or 0
            key = (item.rule_id, item.employee_id, item.task_id, item.date, rate_id)
            alike.setdefault(key, (item, rate_id))
        ids = {rate_id for _item, rate_id in alike.values() if rate_id > 0}
        plain = {rate.id: rate._to_rate() for rate in rates_sudo.browse(ids).exists()}
        return [
            (item, plain.get(rate_id) or _own_price(item, rate_id))
            for item, rate_id in alike.values()
        ]

    @api.model
    def _verify_open(self, domain, reason=None):
        """Override: note who changed host data (e.g. a tax) that changed an amount."""
        noting = self.with_context(billing_notes_changers=True)
        result = super(ProjectBillingRequest, noting)._verify_open(domain, reason)
        # sudo: whoever changes the host, drafts are looked at
        drafts = self.sudo().search([("state", "=", "draft"), *domain])
        drafts = drafts.filtered(lambda draft: draft._submitted())
        if drafts:
            self.env.flush_all()
            drafts._note_stale()
        return result

    def _note_stale(self):
        """Note who changed the taxes of drafts that were submitted before (elevated).

        The next submission will read them anew.
        """
        for request, _document, terms, basis in self._documents():
            if basis != request.drawn_basis and request._is_stale(
                terms, *request._figures_today(terms)
            ):
                request._note_changer()

    def _void(self, reason, contents, in_charge=False):
        """Override: note who changed the amounts of these requests."""
        if self.env.context.get("billing_notes_changers"):
            for request in self:
                before = (request._submitted().parts or {}).get("amounts")
                if before and before != contents[request.id].parts.get("amounts"):
                    request._note_changer()
        return super()._void(reason, contents, in_charge)

    def _note_changer(self):
        """Note that the user changed an amount of this request (elevated)."""
        self.env["project.billing.journal"]._record(
            "rate_changed",
            [
                {
                    "company_id": self.company_id.id,
                    "document": self.name,
                    "model": self._name,
                    "res_id": self.id,
                    "request_id": self.id,
                    "reason": "amounts",
                }
            ],
        )


def _own_price(item, rate_id):
    """Return the price of the rule as a plain rate, if that priced an item."""
    if not rate_id and item.rule_id.price_unit:
        return rate_rules.Rate(0, exact(item.rule_id.price_unit))
    return None


def _would_have_won(terms, item, rate):
    """Tell whether a former rate would have priced an item instead of another.

    :param dict terms: of :meth:`ProjectBillingRate._terms_before`
    :param item: of time, elevated
    :param rate: plain rate that priced it, ``None`` without any
    """
    project = item.project_id
    fits = {
        "rule": terms["rule_id"] == item.rule_id.id,
        "project": terms["project_id"] == project.id,
        "partner": terms["partner_id"] in project._billing_customers().ids,
        "company": terms["company_id"] == item.company_id.id,
    }
    if not fits[terms["scope"]] or terms["currency_id"] != item.currency_id.id:
        return False
    former = rate_rules.Rate(
        id=-2,
        price=exact(terms["price_unit"]),
        scope=terms["scope"],
        date_from=_day(terms["date_from"]),
        date_to=_day(terms["date_to"]),
        hours_per_day=exact(terms["hours_per_day"]) if terms["unit"] == "day" else None,
        weekend=exact(terms["weekend_multiplier"]),
        daily_limit=minutes_from_hours(terms["daily_limit"]) or None,
        overtime=exact(terms["overtime_multiplier"]),
        **{name: terms[name] or None for name in WHO_FIELDS},
    )
    work = rate_rules.Work(
        day=item.date,
        employee_id=item.employee_id.id,
        # the job and the tags of that time are not known any more
        job_id=former.job_id,
        task_id=item.task_id.id,
        tag_ids=frozenset(filter(None, [former.tag_id])),
    )
    if not former.covers(work):
        return False
    return rate is None or former.precedence[:3] >= rate.precedence[:3]


def _day(value):
    return date.fromisoformat(value) if value else None


class ProjectBillingItem(models.Model):
    """Journal entries about who changed the price of open items."""

    _inherit = "project.billing.item"

    @api.model
    def _source_models(self):
        """Return ``{link: model}`` of the sources that are records."""
        return {
            name: self._fields[name].comodel_name
            for name in self._source_links()
            if self._fields[name].type == "many2one"
        }

    def _note_repriced(self, changed, gone):
        """Note in the journal who changed the amounts of open items.

        :param list changed: ``(stored row, wanted values)`` of items that stay
        :param list gone: stored rows of items that nobody wants any more
        """
        rows = [
            (row, {name: values[name] for name in AMOUNT_COLUMNS})
            for row, values in changed
            if any(
                exact(row[name] or 0) != exact(values[name] or 0) for name in AMOUNTS
            )
        ]
        rows += [(row, None) for row in gone]
        links, now = self._source_models(), fields.Datetime.now()
        notes = []
        for row, after in rows:
            link = next((name for name in links if row[name]), None)
            notes.append(
                (
                    now,
                    self.env.uid,
                    "rate_changed",
                    row["company_id"],
                    row["name"],
                    # a source that comes back later is known by itself
                    links[link] if link else self._name,
                    row[link] if link else row["id"],
                    row["id"],
                    "amount",
                    row["currency_id"],
                    {name: _plain(row[name]) for name in AMOUNT_COLUMNS},
                    after and {name: _plain(value) for name, value in after.items()},
                )
            )
        insert_rows(self.env["project.billing.journal"], NOTE_COLUMNS, notes)


#: What the journal keeps of a new price of open work.
NOTE_COLUMNS = (
    "date",
    "user_id",
    "action",
    "company_id",
    "document",
    "model",
    "res_id",
    "item_id",
    "reason",
    "currency_id",
    "before",
    "after",
)
#: The columns of which a difference is one of money.
AMOUNTS = AMOUNT_COLUMNS[1:]


def _plain(value):
    """Return a value as the journal keeps it."""
    return value if value is None or isinstance(value, int) else str(exact(value))


class PriceChanges(models.AbstractModel):
    """Mixin for records with a price: each change is noted in the billing journal."""

    _name = "project.billing.price.changes"
    _description = "Logged Prices"

    #: Names of the fields that change no amount; all others do.
    _price_words = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._record_new_prices()
        return created

    def write(self, vals):
        # all of them: one may follow from another
        names = self._price_names() if vals.keys() - self._price_words else []
        before = {record.id: record._prices(names) for record in self}
        result = super().write(vals)
        for record in self:
            record._record_prices(before[record.id], record._prices(names))
        return result

    def unlink(self):
        """Override: deleting a record changes a price as well, so note it."""
        names = self._price_names()
        for record in self:
            record._record_deletion(record._prices(names))
        return super().unlink()

    @api.model
    def _price_names(self):
        """Return the names of the fields that may change an amount."""
        return sorted(
            name
            for name, field in self._fields.items()
            if field.store
            and field.type != "one2many"
            and name not in models.MAGIC_COLUMNS
            and name not in self._price_words
        )

    def _record_new_prices(self):
        """Write into the journal which prices came with new records."""
        for record in self:
            record._record_prices({}, record._prices(self._price_names()))

    def _prices(self, names):
        """Return the fields that make the price, as plain values with names."""
        # sudo: names of what a price is for
        record_sudo, found = self.sudo(), {}
        for name in names:
            value = record_sudo[name]
            if isinstance(value, models.BaseModel):
                value = ", ".join(
                    f"{each.display_name} ({each.id})" for each in value.sorted("id")
                )
            found[name] = str(value) if value else False
        return found

    def _priced_records(self):
        """Return the records under which a change of this price is noted."""
        return self

    def _record_deletion(self, old):
        """Note in the journal that this record is deleted."""
        self._record_prices(old, dict.fromkeys(old, False), "deleted")

    def _record_prices(self, old, new, reason=None):
        """Note in the journal which values changed, one row for each value.

        :param str reason: of one row for all values instead
        """
        changed = [name for name in new if new[name] != old.get(name, False)]
        parts = [changed] if reason else [[name] for name in changed]
        rows = [
            {
                "date": fields.Datetime.now(),
                "company_id": record.company_id.id,
                "project_id": "project_id" in record._fields and record.project_id.id,
                "document": self.display_name,
                "model": record._name,
                "res_id": record.id,
                "reason": self._reason_of(reason or names[0], record),
                "before": {name: old.get(name, False) for name in names},
                "after": {name: new[name] for name in names},
            }
            for record in self._priced_records()
            for names in parts
            if names
        ]
        if rows:
            self.env["project.billing.journal"]._record("rate_changed", rows)

    def _reason_of(self, name, record):
        """Return the name of a changed field, with its model if it is of a part."""
        if self == record:
            return name
        return f"{self._name.rsplit('.', 1)[1]}_{name}"


class ProjectBillingRate(models.Model):
    """Rates note their prices, and all their terms before a change."""

    _name = "project.billing.rate"
    _inherit = ["project.billing.rate", "project.billing.price.changes"]

    def write(self, vals):
        before = {rate.id: rate._terms_before() for rate in self}
        result = super().write(vals)
        for rate in self:
            if rate._terms_before() != before[rate.id]:
                rate._record_terms(before[rate.id])
        return result

    def _record_deletion(self, old):
        """Override: note all terms, which tell what work the rate would have priced."""
        self._record_terms(self._terms_before())

    def _terms_before(self):
        """Return all of this rate, by ids and plain numbers."""
        return {
            name: str(value) if isinstance(value, date) else value
            for name, value in (
                (name, self[name].id if self._fields[name].relational else self[name])
                for name in self._price_names()
            )
        }

    def _record_terms(self, before):
        """Note in the journal all terms of this rate from before a change."""
        self.env["project.billing.journal"]._record(
            "rate_changed",
            [
                {
                    "date": fields.Datetime.now(),
                    "company_id": before["company_id"],
                    "document": self.display_name,
                    "model": self._name,
                    "res_id": self.id,
                    "reason": TERMS,
                    "before": before,
                }
            ],
        )


class ProjectBillingTier(models.Model):
    """Volume tiers note their prices as changes of their rule."""

    _name = "project.billing.tier"
    _inherit = ["project.billing.tier", "project.billing.price.changes"]
    _price_words = frozenset({"rule_id", "company_id", "project_id"})

    def _priced_records(self):
        return self.rule_id


class ProjectBillingRetentionRelease(models.Model):
    """Releases of a retention note their shares as changes of their rule."""

    _name = "project.billing.retention.release"
    _inherit = ["project.billing.retention.release", "project.billing.price.changes"]
    _price_words = frozenset({"rule_id", "company_id", "project_id"})

    def _priced_records(self):
        return self.rule_id


class ProjectBillingCap(models.Model):
    """Caps note their limits as changes of the rules that they apply to."""

    _name = "project.billing.cap"
    _inherit = ["project.billing.cap", "project.billing.price.changes"]
    _price_words = frozenset(CAP_WORDS)

    def write(self, vals):
        # sudo: the rules under a cap, whoever may see them
        before = {cap: cap.sudo().rule_ids for cap in self}
        result = super().write(vals)
        for cap, rules in before.items():
            free = rules - cap.sudo().rule_ids  # sudo: as above
            cap.with_context(billing_rules=free.ids)._record_prices(
                {"rule_ids": cap.name}, {"rule_ids": False}
            )
        return result

    def _priced_records(self):
        # sudo: the rules under a cap, or taken off it, whoever may see them
        rules_sudo = self.sudo().rule_ids
        free = self.env.context.get("billing_rules")
        return rules_sudo if free is None else rules_sudo.browse(free)


class ProjectBillingRule(models.Model):
    """Rules note their prices, except the first rules of a new project."""

    _name = "project.billing.rule"
    _inherit = ["project.billing.rule", "project.billing.price.changes"]
    _price_words = frozenset(RULE_WORDS)

    def _record_new_prices(self):
        """Override: the first rules of a project set it up and change no price."""
        later = self.browse()
        for project, rules in self.grouped("project_id").items():
            # sudo: whether there were rules before, whoever may see them
            every = project.sudo().with_context(active_test=False).billing_rule_ids
            if every - rules:
                later |= rules
        return super(ProjectBillingRule, later)._record_new_prices()

    def unlink(self):
        """Override: other rules, or none, price the open work of deleted rules."""
        items = self.env["project.billing.item"]
        # sudo: all of it, whoever deletes a rule
        found = items.sudo().search([("rule_id", "in", self.ids)])
        if found:
            condition = SQL("item.id IN %s", tuple(found.ids))
            for link in items._source_models():
                rows = items._read_items_for_sync(link, condition)
                items._note_repriced([], list(rows.values()))
        return super().unlink()

    def _record_deletion(self, old):
        """Override: no request holds work of such a rule; its items note the change."""
