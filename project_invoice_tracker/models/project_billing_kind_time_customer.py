"""Time on tasks of another customer than the project's is held back, with a reason."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.rounding import hours_from_minutes
from .phrases import number
from .time_sql import FOREIGN_TASKS

#: At most so many reasons are named in one sentence.
NAMED = 5


class ProjectBillingRule(models.Model):
    """A rule, which may bill work for other customers to the project's customer."""

    _inherit = "project.billing.rule"

    bill_all_customers = fields.Boolean(
        string="Bill All to the Project's Customer",
        tracking=True,
        help="Also the time of tasks that have another customer. Otherwise it waits "
        "until the task has the customer of the project.",
    )


class ProjectBillingItem(models.Model):
    """An item, which may be held back from being billed."""

    _inherit = "project.billing.item"

    held_back = fields.Boolean(
        readonly=True,
        help="Waits for the reason that is said, and lets the other work be billed.",
    )

    _held_back_index = models.Index("(project_id) WHERE (held_back)")

    @api.model
    def _source_columns(self):
        return (*super()._source_columns(), "held_back")


class ProjectBillingKindTime(models.AbstractModel):
    """Time billing, which holds back work for other customers."""

    _inherit = "project.billing.kind.time"

    @api.model
    def _foreign_condition(self, projects):
        """Return SQL that tells which entries are for another customer.

        A condition on the alias ``line``.

        :param SQL projects: ids of their projects, as they stand after ``IN``
        """
        tasks = SQL(FOREIGN_TASKS, projects=projects)
        return SQL("(line.task_id IS NOT NULL AND line.task_id IN (%s))", tasks)

    @api.model
    def _flush_entries(self):
        """Override to flush what a task's customer depends on: parents and project."""
        self.env["project.task"].flush_model(["partner_id", "parent_id", "project_id"])
        self.env["project.project"].flush_model(["partner_id", "billing_partner_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        return super()._flush_entries()

    @api.model
    def _wanted_rows(self, rule, rows):
        """Override to find the entries of a rule that are held back."""
        rows = super()._wanted_rows(rule, rows)
        if not rule.record.bill_all_customers:
            rule.held_back |= {row["id"] for row in rows if row["is_foreign"]}
        return rows

    @api.model
    def _held_back_by(self, rule, row):
        """Override to hold back entries on tasks of another customer."""
        if row["id"] not in rule.held_back:
            return super()._held_back_by(rule, row)
        known = rule.tasks_in_words
        if row["task_id"] not in known:
            # sudo: names of the task and the customers of work that is billed
            task_sudo = self.env["project.task"].sudo().browse(row["task_id"])
            known[row["task_id"]] = task_sudo._billing_foreign_sentence(rule.record)
        return known[row["task_id"]]

    @api.model
    def _waits_for(self, item):
        """Override to return the reason why the entry is held back."""
        return item.problem if item.held_back else super()._waits_for(item)

    @api.model
    def _look_at_released(self, condition):
        """Hold back released items whose task is for another customer by now.

        :param SQL condition: which items (alias ``item``)
        """
        projects = self.env["project.billing.rule"]._billed_project_ids("time")
        if not projects:
            return
        self._flush_entries()
        foreign = self._foreign_condition(SQL("%s", tuple(projects)))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT line.id, line.project_id
                  FROM project_billing_item item
                  JOIN account_analytic_line line ON line.id = item.analytic_line_id
                 WHERE item.quantity = item.quantity_open AND item.ready
                   AND %s AND %s
                """,
                condition,
                foreign,
            )
        )
        if rows:
            found = self.env["project.project"].browse({row[1] for row in rows})
            self._sync_items(found, [row[0] for row in rows])


class ProjectBillingLedger(models.AbstractModel):
    """The ledger, which checks the customer again of work that is given back."""

    _inherit = "project.billing.ledger"

    @api.model
    def _release(self, lines, cause):
        result = super()._release(lines, cause)
        if lines:
            condition = SQL(
                "item.id IN (SELECT item_id FROM project_billing_allocation"
                " WHERE line_id IN %s)",
                tuple(lines.ids),
            )
            self._kind_of_time()._look_at_released(condition)
        return result

    @api.model
    def _release_parts(self, parts, cause, credit_line=None):
        result = super()._release_parts(parts, cause, credit_line)
        item_ids = tuple({part.item_id for part, quantity in parts if quantity})
        if item_ids:
            condition = SQL("item.id IN %s", item_ids)
            self._kind_of_time()._look_at_released(condition)
        return result

    @api.model
    def _kind_of_time(self):
        # sudo: items follow their entries, whoever gives them back
        return self.env["project.billing.kind"]._get("time").sudo()


class ProjectTask(models.Model):
    """A task and the customer that its work is for."""

    _inherit = "project.task"

    def _billing_foreign_sentence(self, rule):
        """Say for whom this task is, and how its time can be billed (elevated)."""
        self.ensure_one()
        project = rule.project_id
        ours = project._billing_customers()
        named = self
        while named and (
            not named.partner_id or named.partner_id.commercial_partner_id in ours
        ):
            named = named.parent_id
        named = named or self
        return self.env._(
            "Task “%(task)s” is for %(customer)s, and project %(project)s for "
            "%(ours)s. Give the task the customer of the project, move it to another "
            "one, or let the rule “%(rule)s” bill all to the project's customer.",
            task=named.name,
            customer=named.partner_id.commercial_partner_id.name or "",
            project=project.name,
            ours=project._billing_customer().commercial_partner_id.name or "",
            rule=rule.name,
        )


class ProjectBillingRequest(models.Model):
    """A request, with a note on work that is held back."""

    _inherit = "project.billing.request"

    held_note = fields.Char(string="Held Back", compute="_compute_held_note")

    @api.depends("project_id", "state")
    @api.depends_context("lang")
    def _compute_held_note(self):
        for request in self:
            waiting = request.state == "draft" and request.project_id
            request.held_note = waiting and self._held_back_message(waiting)

    @api.model
    def _nothing_message(self, projects, date_to):
        """Override to add what is held back."""
        message = super()._nothing_message(projects, date_to)
        held = self._held_back_message(projects)
        return f"{message}\n{held}" if held else message

    @api.model
    def _held_back_message(self, projects):
        """Return how much work of projects is held back and why; empty if none."""
        # no elevation: whoever sees the items of a project
        groups = self.env["project.billing.item"]._read_group(
            [
                ("project_id", "in", projects.ids),
                ("held_back", "=", True),
                ("quantity_open", "!=", 0),
            ],
            ["problem"],
            ["quantity_open:sum"],
            order="problem",
        )
        sentences = [
            self.env._(
                "%(hours)s h wait: %(reason)s",
                hours=number(self.env, hours_from_minutes(minutes)),
                reason=problem,
            )
            for problem, minutes in groups[:NAMED]
        ]
        if len(groups) > NAMED:
            sentences.append("…")
        return "\n".join(sentences)
