"""Billing rules: whether and how a part of a project is billed."""

import logging
from collections import defaultdict

import psycopg2

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..const import KINDS, LINE_DETAILS
from ..exceptions import BillingError
from .closed_fields import would_change

_logger = logging.getLogger(__name__)

#: Fields that are fixed once there is an item: they decide what is locked.
SETTLED_FIELDS = ("kind", "project_id")
#: Which projects are billed in which kind, by rules or by items. Only one of a
#: project's items is read, however many there are.
BILLED_PROJECTS = """
    WITH RECURSIVE billed AS (
        (SELECT project_id, kind FROM project_billing_item
          ORDER BY project_id, kind LIMIT 1)
         UNION ALL
        SELECT more.project_id, more.kind
          FROM billed, LATERAL (
               SELECT item.project_id, item.kind FROM project_billing_item item
                WHERE (item.project_id, item.kind) > (billed.project_id, billed.kind)
                ORDER BY item.project_id, item.kind LIMIT 1) AS more
    )
    SELECT kind, project_id FROM billed
     UNION
    SELECT kind, project_id FROM project_billing_rule
"""
#: A change of these says nothing about what is billed or at which price.
COSMETIC_FIELDS = {"name", "display_name", "message_follower_ids"}


class ProjectBillingRule(models.Model):
    """How one kind of work of one project is billed.

    A project may have several rules; for each time entry the first rule in order that
    matches wins. A project has items from the date of its first rule on.
    """

    _name = "project.billing.rule"
    _inherit = ["project.billing.input"]
    _description = "Billing Rule"
    _order = "project_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(
        required=True,
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    project_id = fields.Many2one(
        "project.project",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_template', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        required=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The currency of the contract. All rules of a project share it.",
    )
    kind = fields.Selection(KINDS, required=True, default="time")
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        check_company=True,
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        help="Gives the invoice line its income account and taxes.",
    )
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._billing_today().replace(day=1),
        help="Time before this day is never billed by this rule.",
    )
    date_end = fields.Date(string="Until", help="Last day that the rule covers.")
    detail = fields.Selection(
        LINE_DETAILS,
        string="Line Detail",
        required=True,
        default="task",
        help="What the client reads: one invoice line per task, person, day, …",
    )
    discount = fields.Float(
        string="Discount (%)",
        digits="Discount",
        help="Off every line of this rule, shown on the invoice.",
    )

    _discount_range = models.Constraint(
        "CHECK (discount IS NULL OR discount BETWEEN 0 AND 100)",
        "A discount is between 0 and 100 %.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A rule cannot end before it starts.",
    )

    # === COMPUTE ===

    @api.depends("kind", "product_id")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self.filtered(lambda rule: not rule.name):
            rule.name = rule.product_id.name or labels.get(rule.kind)

    @api.depends("project_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = (
                rule.project_id.company_id or rule.company_id or self.env.company
            )

    @api.depends("company_id", "project_id")
    def _compute_currency_id(self):
        for rule in self:
            sibling = (rule.project_id.billing_rule_ids - rule)[:1]
            rule.currency_id = (
                sibling.currency_id or rule.currency_id or rule.company_id.currency_id
            )

    @api.depends("kind")
    def _compute_product_id(self):
        for rule in self:
            kind = self.env["project.billing.kind"]._get(rule.kind or "time")
            rule.product_id = rule.product_id or kind._default_product()

    # === CONSTRAINTS ===

    @api.constrains("currency_id", "company_id", "project_id", "active")
    def _check_one_invoice(self):
        for project in self.project_id:
            # sudo: rules of other companies count as well
            rules_sudo = project.sudo().billing_rule_ids
            if len(rules_sudo.currency_id) > 1 or len(rules_sudo.company_id) > 1:
                raise ValidationError(
                    self.env._(
                        "All billing rules of %(project)s must have the same "
                        "company and currency: an invoice has only one.",
                        project=project.display_name,
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        rules.project_id._billing_sync_items()
        return rules

    def write(self, vals):
        self._check_settled(vals)
        projects = self.project_id
        result = super().write(vals)
        if vals.keys() - COSMETIC_FIELDS:
            self.env.registry.clear_cache()
            (projects | self.project_id)._billing_sync_items()
        return result

    def _check_settled(self, vals):
        """Refuse to change the kind or the project of a rule that has items.

        Billed sources are locked by kind and project; a change would unlock them and
        rewrite their history.

        :raises BillingError: naming the rule and what to do instead
        """
        names = [name for name in SETTLED_FIELDS if name in vals]
        changing = self.filtered(
            lambda rule: any(would_change(rule, name, vals[name]) for name in names)
        )
        if not changing:
            return
        # sudo: a rule has items whoever may see them
        items_sudo = self.env["project.billing.item"].sudo()
        found = items_sudo.search([("rule_id", "in", changing.ids)], limit=1)
        if found:
            raise BillingError(
                self.env._(
                    "“%(rule)s” of %(project)s has work already, so its kind and its "
                    "project stay. Archive it and make another rule instead.",
                    rule=found.rule_id.name,
                    project=found.rule_id.project_id.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: a rule is in use whoever may see the items
        used = (
            self.env["project.billing.item"]
            .sudo()
            ._read_group(
                [("rule_id", "in", self.ids), ("allocation_ids", "!=", False)],
                ["rule_id"],
            )
        )
        if used:
            raise ValidationError(
                self.env._(
                    "%(rule)s has been billed with. Archive it instead of deleting it.",
                    rule=used[0][0].display_name,
                )
            )

    def unlink(self):
        projects = self.project_id
        self.env["project.billing.item"]._drop_items_of("rule_id", self.ids)
        result = super().unlink()
        self.env.registry.clear_cache()
        projects._billing_sync_items()
        return result

    # === BUSINESS ===

    @api.model
    def _billed_project_ids(self, kind):
        """Return the ids of the projects that have, or had, a rule of ``kind``.

        Archived rules and items count as well: what was billed stays locked.
        """
        return self._billed_projects().get(kind, frozenset())

    @api.model
    @tools.ormcache()
    def _billed_projects(self):
        """Return the ids of the projects that have, or had, a rule or items, by kind.

        Cached, so that logging time on a project that nobody bills costs nothing.
        """
        self.flush_model(["kind", "project_id"])
        self.env["project.billing.item"].flush_model(["kind", "project_id"])
        # only ids of projects leave, asked while any user logs time
        found = defaultdict(set)
        for kind, project_id in self.env.execute_query(SQL(BILLED_PROJECTS)):
            found[kind].add(project_id)
        return {kind: frozenset(ids) for kind, ids in found.items()}

    @api.model
    def _cron_follow_calendar(self):
        """Mark items as ready whose date has come: run once a day."""
        kinds = [self.env["project.billing.kind"]._get(kind) for kind, _label in KINDS]
        for kind in kinds:
            if kind._follows_calendar:
                # sudo: items follow the calendar for every company
                rules_sudo = self.sudo().search([("kind", "=", kind._kind)])
                self._sync_every(kind.sudo(), rules_sudo.project_id)  # sudo: as above

    def _explain_limits(self):
        """Return the limits of the rule, for :meth:`project.billing.line.explain`."""
        return {}

    def _room_for(self, lines):
        """Return how much the lines of this rule may total; None without a limit.

        Overridden by whatever limits a rule.

        :param lines: lines of the rule, whose own amount leaves room for itself
        :returns: Decimal in the currency of the rule
        """

    @api.model
    def _sync_every(self, kind, projects):
        """Sync the items of a kind in all projects, skipping those that fail.

        A failure is in the server's log, and *Billing health* finds the missing items.
        """
        parts = [projects]
        while parts:
            part = parts.pop()
            try:
                with self.env.cr.savepoint():
                    kind._sync_items(part)
            except psycopg2.OperationalError:
                # another session was quicker: Odoo runs the whole job again
                raise
            except Exception:
                if len(part) > 1:
                    parts += part
                else:
                    _logger.exception("Billing items of project %s", part.id)
