"""Collecting: all work that is ready to bill becomes lines of a draft request."""

from odoo import api, models

from ..engine import QUIET, engine_context
from ..exceptions import BillingError, NothingToBill


class ProjectBillingRequest(models.Model):
    """Prepare drafts, one per project, from all that is ready to bill."""

    _inherit = "project.billing.request"

    @api.model
    def prepare(self, projects, date_to=None, date_from=None):
        """Collect what is ready to bill in some projects into draft requests.

        A draft that the project has already is extended; no second one is created.

        :param projects: ``project.project`` records that the user manages, or ids
        :param date_to: last day of work to bill (a date; today by default)
        :param date_from: first day of work to bill, everything before by default
        :returns: the draft requests, one per project that has something to bill
        :raises AccessError: for a project that the user does not manage
        :raises NothingToBill: when no project has anything ready; the sentence
            names the requests that hold it
        :raises BillingError: when a project cannot be billed as it is (no customer,
            no rate for a piece of work, …), with the remedy
        """
        projects = self._browse_projects(projects)
        projects._billing_check_manager()
        # sudo: the companies of projects whose manager asks
        companies = projects.sudo().billing_rule_ids.company_id
        date_to = date_to or self._last_day_by_default(companies)
        date_to, date_from = self._check_period(date_to, date_from)
        for project in projects:
            project._billing_check_billable()
        projects_sudo = projects.sudo()  # sudo: management was checked just above
        items = self._read_open_items(projects_sudo, date_to, date_from)
        drafts = self._find_drafts(projects_sudo, date_to)
        planned = self._plan_projects(items, drafts)
        busy = projects_sudo.filtered(lambda project: planned.get(project.id))
        if not busy:
            raise NothingToBill(self._nothing_message(projects_sudo, date_to))
        requests = self._get_drafts(busy, date_to, drafts)
        new = requests.filtered(lambda request: not request.line_ids)
        requests._add_planned_lines(planned, date_from)
        requests = requests.exists()
        (requests & new)._drop_hollow_lines()
        # what came to less than an increment waits, and leaves no empty draft
        empty = requests.filtered(lambda request: not request.line_ids)
        if empty == requests:
            raise NothingToBill(self._nothing_message(projects_sudo, date_to))
        empty._move("cancel")
        ((requests & new) - empty)._note_basis()
        return (requests - empty).with_env(self.env)

    def collect(self, date_to=None, date_from=None):
        """Add to these drafts whatever became ready up to a day.

        :param date_to: last day of work to bill (a date; today by default)
        :param date_from: first day of work to bill
        :returns: True
        :raises NothingToBill: when there is nothing to add
        """
        self._check_editable()
        date_to = date_to or self._last_day_by_default(self.company_id)
        date_to, date_from = self._check_period(date_to, date_from)
        for request in self:
            request.project_id._billing_check_billable()
            projects_sudo = request.project_id.sudo()  # sudo: manager checked above
            request._check_same_terms(self._prepare_draft(projects_sudo, date_to))
            items = self._read_open_items(projects_sudo, date_to, date_from)
            lines, _carried = self._plan(items, request._engine())
            if not lines:
                raise NothingToBill(self._nothing_message(projects_sudo, date_to))
            request._engine()._add_planned_lines(
                {request.project_id.id: lines}, date_from, date_to
            )
            request._mark_edited()
        return True

    # === STEPS ===

    @api.model
    def _find_drafts(self, projects, date_to):
        """Return ``{project id: draft}``: the latest that work may be added to."""
        existing, values = {}, {}
        for draft in self._engine().search(
            [("project_id", "in", projects.ids), ("state", "=", "draft")], order="id"
        ):
            project = draft.project_id
            if project.id not in values:
                values[project.id] = self._prepare_draft(project, date_to)
            if draft._has_terms(values[project.id]):
                existing[project.id] = draft
        return existing

    @api.model
    def _get_drafts(self, projects, date_to, drafts):
        """Return one draft per project: the latest there is, or a new one.

        :param dict drafts: of :meth:`_find_drafts`
        """
        existing = {p.id: drafts[p.id] for p in projects if p.id in drafts}
        missing = projects.filtered(lambda project: project.id not in existing)
        created = (
            self._engine()
            .with_context(**QUIET)
            .create([self._prepare_draft(project, date_to) for project in missing])
        )
        drafts = self._engine().union(*existing.values()) | created
        for draft in drafts - created:
            draft.date_to = max(draft.date_to or date_to, date_to)
            draft._refresh_terms()
        drafts.with_context(**QUIET)._mark_edited()
        return drafts.with_context(**engine_context())

    @api.model
    def _prepare_draft(self, project, date_to):
        """Return the values of a new draft for ``project`` (elevated)."""
        rule = project.billing_rule_ids[:1]
        return {
            "project_id": project.id,
            "company_id": rule.company_id.id,
            "currency_id": rule.currency_id.id,
            "user_id": self.env.uid,
            "date_to": date_to,
            **self._prepare_terms(project, rule.company_id),
        }

    @api.model
    def _prepare_terms(self, project, company):
        """Return the customer and terms by which a project is billed now (elevated)."""
        customer = project.with_company(company)._billing_customer()
        invoiced = customer.browse(
            customer.address_get(["invoice"])["invoice"]
        ).with_prefetch(customer._prefetch_ids)
        position = self.env["account.fiscal.position"].sudo()  # sudo: as on an invoice
        return {
            "partner_id": invoiced.id,
            "fiscal_position_id": position.with_company(company)
            ._get_fiscal_position(invoiced, delivery=self._delivery_of(invoiced))
            .id,
            "payment_term_id": invoiced.with_company(
                company
            ).property_payment_term_id.id,
        }

    @api.model
    def _delivery_of(self, invoiced):
        """Return where the services of an invoice go to, as Odoo finds it (elevated).

        The fiscal position is that of this address: who is invoiced in one country
        and served in another pays the taxes of the latter.
        """
        if not invoiced:
            return invoiced
        return invoiced.browse(
            invoiced.address_get(["delivery"])["delivery"]
        ).with_prefetch(invoiced._prefetch_ids)

    def _has_terms(self, values):
        """Tell whether this draft is for the customer, company and currency given."""
        return all(
            self[name].id == values[name]
            for name in ("partner_id", "company_id", "currency_id")
        )

    def _check_same_terms(self, values):
        """Refuse to add work to a draft for another customer or currency.

        :raises BillingError: naming what the draft is for, and the remedy
        """
        if not self._has_terms(values):
            raise BillingError(
                self.env._(
                    "%(request)s is for %(customer)s in %(currency)s, but the project "
                    "is billed otherwise by now. Cancel it and bill the project again.",
                    request=self.name,
                    customer=self.partner_id.sudo().display_name,  # sudo: name only
                    currency=self.currency_id.name,
                )
            )

    def _refresh_terms(self):
        """Update terms and taxes of drafts, which may have been corrected since."""
        for request in self:
            # sudo: as on the draft's creation
            project_sudo = request.project_id.sudo()
            if not project_sudo.billing_rule_ids:
                continue
            values = self._prepare_draft(project_sudo, request.date_to)
            if request._has_terms(values):
                engine = request._engine()
                for name in ("fiscal_position_id", "payment_term_id"):
                    if engine[name].id != values[name]:
                        engine[name] = values[name]
                engine.line_ids._compute_tax_ids()
                engine.line_ids._compute_amounts()
                engine._adjust_lines()

    def _add_planned_lines(self, planned, date_from=None, date_to=None):
        """Turn planned lines into lines with their slices (engine only).

        :param planned: ``{project id: [PlannedLine]}``
        """
        vals_list, consumed = [], []
        self._prefetch_names(planned)
        for request in self:
            lines = planned[request.project_id.id]
            by_key = request._lines_by_key()
            env = request._customer_env()
            by_item = request._lines_of_parts(lines)
            for plan in lines:
                line = by_key.get(plan.text) or by_item.get(plan.first.id)
                consumed.append((plan, line))
                if not line:
                    vals_list.append(request._prepare_line(plan, env))
            request._extend_period(lines, date_from, date_to)
        extended = self.env["project.billing.line"].union(
            *(line for _plan, line in consumed if line)
        )
        created = self.env["project.billing.line"]._engine().create(vals_list)
        fresh = iter(created)
        self.env["project.billing.ledger"]._engine_ledger()._reserve(
            [
                (item.id, target, item.open)
                for plan, target in (
                    (plan, line or next(fresh)) for plan, line in consumed
                )
                for item in plan.items
            ]
        )
        extended._engine()._recount()
        for kind, lines in (extended._engine() | created).grouped("kind").items():
            self.env["project.billing.kind"]._get(kind)._finish_lines(lines)
        if any(plan.first.taken for plan, _line in consumed):
            (created | extended._engine())._settle_parts()
        self._adjust_lines()
        created.exists()._drop_empty()

    def _lines_by_key(self):
        """Return the lines that later work may join, by their grouping key."""
        self.ensure_one()
        return {line.group_key: line for line in self.line_ids if not line.removed}

    def _lines_of_parts(self, lines):
        """Return ``{item id: line}`` of this draft for items it holds a part of.

        :param lines: the planned lines; the rest of something joins its first part
        """
        taken = {plan.first.id for plan in lines if plan.first.taken}
        if not taken:
            return {}
        sole = self.line_ids.filtered(lambda line: not line.removed)._sole_items()
        return {item.id: line for line, item in sole.items() if item.id in taken}

    def _prefetch_names(self, planned):
        """Read the names that the lines will show together."""
        items = [line.first for lines in planned.values() for line in lines]
        # sudo: names of tasks and people of projects that the user manages
        env = self.sudo().env
        env["project.task"].browse({i.task_id for i in items} - {None}).fetch(["name"])
        people = {item.employee_id for item in items} - {None}
        env["hr.employee"].browse(people).fetch(["name"])
        env["project.billing.item"].browse([item.id for item in items]).fetch(
            ["name", "pricing"]
        )

    def _extend_period(self, lines, date_from, date_to):
        """Extend the period of the request to cover the work it holds."""
        days = [line.date_from for line in lines if line.date_from]
        days += [day for day in (self.date_from, date_from) if day]
        self.write(
            {
                "date_from": min(days, default=False),
                "date_to": max(filter(None, (self.date_to, date_to)), default=False),
            }
        )

    def _customer_env(self):
        """Return an environment to write texts that the customer reads."""
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        # sudo: names of tasks and people of a project that the user manages
        return self.sudo().with_context(lang=lang).env

    def _prepare_line(self, plan, env):
        """Return the values of the line for a :class:`PlannedLine`."""
        kind = self.env["project.billing.kind"]._get(plan.first.kind)
        product = env["product.product"].browse(plan.first.product_id)
        readable = self.env["project.billing.line"]._readable
        day = plan.first.day_minutes
        return {
            "request_id": self.id,
            "kind": plan.first.kind,
            "rule_id": plan.first.rule_id,
            "group_key": plan.text,
            "name": kind._line_name(self, plan, env),
            "product_id": plan.first.product_id,
            "product_uom_id": kind._line_uom(product, day).id,
            "day_minutes": float(day or 0),
            "unit": plan.first.unit,
            "quantity": float(readable(plan.quantity, plan.first.unit, day)),
            "price_unit": float(plan.price),
            "discount": float(plan.first.discount),
            "tax_product_id": plan.first.tax_product_id,
        }
