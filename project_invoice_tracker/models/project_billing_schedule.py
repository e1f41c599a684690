"""Automatic billing of one project: by period, by milestone, or at its end."""

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..billing.periods import DAY, Schedule
from ..const import PROJECT_GROUPS, RECURRING_INTERVALS, SCHEDULE_TRIGGERS, TURN_STATES
from ..exceptions import BillingError

CRON = "project_invoice_tracker.ir_cron_automatic"


class ProjectBillingSchedule(models.Model):
    """When the requests of one project are prepared, with its manager's rights.

    Whoever bills the project may set a schedule up. Submitting and sending
    automatically needs the permission of the company as well. Each due date (a turn) is
    processed once; PostgreSQL keeps it unique: see
    :mod:`.project_billing_schedule_turn`.
    """

    _name = "project.billing.schedule"
    _inherit = ["project.billing.guard"]
    _description = "Billing Schedule"
    _order = "next_date, id"
    _engine_fields = frozenset({"last_date"})

    project_id = fields.Many2one(
        "project.project",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('billing_rule_ids', '!=', False), ('is_template', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        index=True,
        precompute=True,
    )
    manager_id = fields.Many2one(
        related="project_id.user_id",
        string="Billed By",
        help="The manager of the project on that day, whose rights count.",
    )
    active = fields.Boolean(default=True)
    trigger = fields.Selection(
        SCHEDULE_TRIGGERS, string="Billed", required=True, default="period"
    )
    interval = fields.Selection(
        RECURRING_INTERVALS, string="Every", required=True, default="month"
    )
    date_start = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: self.env.company._billing_today(),
        help="Every period: the day of the first request, and of the following ones "
        "(the last day of a month that is too short for it). A request has the work "
        "until the day before. Milestones count from this day on.",
    )
    submit = fields.Boolean(
        help="Requests that are worth an invoice go to their approvers by themselves, "
        "if the company allows it.",
    )
    send = fields.Boolean(
        help="The invoices of these requests are sent to the customer as soon as they "
        "are posted, if the company allows it.",
    )
    next_date = fields.Date(
        string="Next", compute="_compute_next_date", store=True, precompute=True
    )
    last_date = fields.Date(string="Last", readonly=True, copy=False)
    turn_ids = fields.One2many(
        "project.billing.schedule.turn", "schedule_id", string="History", readonly=True
    )
    last_result = fields.Char(
        compute="_compute_last_result", help="What became of it the last time."
    )
    last_state = fields.Selection(TURN_STATES, compute="_compute_last_result")
    in_words = fields.Char(string="Schedule", compute="_compute_in_words")
    may_submit = fields.Boolean(compute="_compute_may", compute_sudo=True)
    may_send = fields.Boolean(compute="_compute_may", compute_sudo=True)

    # === COMPUTE ===

    @api.depends("project_id.company_id", "project_id.billing_rule_ids.company_id")
    def _compute_company_id(self):
        for schedule in self:
            project = schedule.project_id
            schedule.company_id = (
                project.billing_rule_ids[:1].company_id
                or project.company_id
                or schedule.company_id
                or self.env.company
            )

    @api.depends("trigger", "interval", "date_start", "last_date", "project_id.date")
    def _compute_next_date(self):
        for schedule in self:
            start = schedule.date_start
            if schedule.trigger == "milestone" or not start:
                schedule.next_date = False
                continue
            # the anchor stays: after a short month the day is the old one again
            after = max(filter(None, (schedule.last_date, start - DAY)))
            if schedule.trigger == "period":
                days = Schedule(schedule.interval, start)
                schedule.next_date = days.boundary_after(after)
            else:
                end = schedule.project_id.date
                schedule.next_date = end + DAY if end and end >= after else False

    @api.depends("turn_ids.state", "turn_ids.note", "turn_ids.request_id")
    def _compute_last_result(self):
        for schedule in self:
            last = schedule.turn_ids.filtered(lambda turn: turn.state != "merged")[:1]
            schedule.last_state = last.state
            schedule.last_result = last._sentence() if last else False

    @api.depends("company_id", "submit", "send")
    def _compute_may(self):
        for schedule in self:
            company = schedule.company_id
            schedule.may_submit = schedule.submit and company.billing_auto_submit
            schedule.may_send = schedule.send and company.billing_auto_send

    @api.depends("trigger", "interval", "date_start", "submit", "send", "company_id")
    @api.depends_context("lang")
    def _compute_in_words(self):
        for schedule in self:
            words = [schedule._when_in_words()]
            if schedule.may_submit:
                words.append(self.env._("submitted automatically"))
            if schedule.may_send:
                words.append(self.env._("sent when posted"))
            schedule.in_words = ", ".join(words)

    @api.depends("project_id.name", "in_words")
    def _compute_display_name(self):
        for schedule in self._named():
            # sudo: the name of the project of a schedule that was read
            name = schedule.sudo().project_id.name
            schedule.display_name = f"{name}: {schedule.in_words}"

    def _when_in_words(self):
        """Return when this schedule is due, in words."""
        if self.trigger == "milestone":
            return self.env._("At each milestone")
        if self.trigger == "end":
            return self.env._("At the end of the project")
        start = self.date_start
        if not start:
            return ""
        if self.interval == "week":
            weekday = format_date(self.env, start, date_format="EEEE")
            return self.env._("Every week on %s", weekday)
        if self.interval == "year":
            day = format_date(self.env, start, date_format="d MMMM")
            return self.env._("Every year on %s", day)
        sentences = {
            "month": self.env._("Every month on day %s", start.day),
            "quarter": self.env._("Every quarter on day %s", start.day),
        }
        return sentences[self.interval]

    # === CONSTRAINTS ===

    @api.constrains("project_id", "trigger", "interval", "active")
    def _check_once(self):
        """Refuse a second schedule that would be due at the same time as another."""
        for schedule in self.filtered("active"):
            # sudo: other schedules of a project that the user bills
            same = schedule.sudo().search(
                [
                    ("project_id", "=", schedule.project_id.id),
                    ("trigger", "=", schedule.trigger),
                    ("id", "!=", schedule.id),
                ],
                limit=1,
            )
            if same:
                raise ValidationError(
                    self.env._(
                        "%(project)s has the schedule “%(schedule)s” already. Change "
                        "or archive that one.",
                        project=schedule.project_id.name,
                        schedule=same.in_words,
                    )
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        schedules = super().create(vals_list)
        self.env.registry.clear_cache()
        schedules._wake()
        return schedules

    def write(self, vals):
        result = super().write(vals)
        if "project_id" in vals:
            # Odoo looks at the project it was of, not at the one it is given to
            self.check_access("write")
        if vals.keys() & {"active", "project_id", "trigger", "date_start"}:
            self.env.registry.clear_cache()
            self._wake()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def copy(self, default=None):
        """Refuse: a copy would bill the project twice on one day."""
        if self:
            raise BillingError(
                self.env._("A schedule cannot be duplicated. Make another one.")
            )
        return super().copy(default)

    # === ACTIONS ===

    def action_open_requests(self):
        """Open the requests that these schedules prepared."""
        self._check_some()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        action["domain"] = [("id", "in", self.turn_ids.request_id.ids)]
        return action

    def action_try_again(self):
        """Retry at once the turns that failed; otherwise they are retried daily.

        :returns: True
        :raises AccessError: when the user may not change the schedule
        :raises BillingError: when nothing of it waits
        """
        self._check_some()
        self.check_access("write")
        waiting = self.turn_ids.filtered(lambda turn: turn.state == "failed")
        if not waiting:
            raise BillingError(self.env._("Nothing waits to be tried again."))
        waiting._engine().write(
            {"next_try": fields.Datetime.now(), "state": "waiting", "attempts": 0}
        )
        self._wake()
        return True

    def _check_some(self):
        """Refuse an empty set, and schedules that the user may not read."""
        if not self:
            raise BillingError(self.env._("Choose at least one schedule."))
        self.check_access("read")

    @api.model
    def _wake(self):
        """Have the cron job check what is due, after the commit."""
        # sudo: whoever sets up a schedule may start our own job, nothing else
        self.env.ref(CRON).sudo()._trigger()

    @api.model
    @tools.ormcache()
    def _milestone_projects(self):
        """Return the ids of the projects that are billed at their milestones.

        Cached, so that a milestone of any other project costs nothing.
        """
        # sudo: asked while anybody moves a milestone; only ids leave
        found = self.sudo().search([("trigger", "=", "milestone")])
        return frozenset(found.project_id.ids)


class ProjectProject(models.Model):
    """The automatic billing of a project."""

    _inherit = "project.project"

    billing_schedule_ids = fields.One2many(
        "project.billing.schedule",
        "project_id",
        string="Billing Schedules",
        groups=PROJECT_GROUPS,
        copy=False,
    )

    def action_billing_open_schedules(self):
        """Open the schedules of this project, to look at them or change them."""
        action = self._billing_open("project_billing_schedule_action")
        if not self.billing_schedule_ids:
            action["views"] = [(False, "form")]
        return action
