"""Recurring runs: billing runs that start every week, month, quarter or year."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..billing.periods import DAY, Schedule
from ..const import RECURRING_INTERVALS

_logger = logging.getLogger(__name__)


class ProjectBillingRunSchedule(models.Model):
    """Start a run on the same day of every period, for work until the day before."""

    _name = "project.billing.run.schedule"
    _inherit = ["project.billing.run.scope"]
    _description = "Billing Run Schedule"
    _order = "next_date, id"
    _engine_fields = frozenset({"user_id", "last_date", "error"})

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    interval = fields.Selection(
        RECURRING_INTERVALS, string="Every", required=True, default="month"
    )
    date_start = fields.Date(
        string="First Run",
        required=True,
        default=lambda self: self.env.company._billing_today(),
        help="The following runs are on the same day of the week or month, or on the "
        "last day of a month that is too short for it.",
    )
    next_date = fields.Date(
        string="Next Run",
        compute="_compute_next_date",
        store=True,
        help="Bills the work until the day before.",
    )
    last_date = fields.Date(string="Last Run", readonly=True, copy=False)
    error = fields.Char(
        string="Remark",
        readonly=True,
        copy=False,
        help="Why the run that is due was not started. It is tried again.",
    )
    run_ids = fields.One2many(
        "project.billing.run", "schedule_id", string="Runs", readonly=True
    )
    run_count = fields.Integer(compute="_compute_run_count")

    @api.depends("date_start", "interval", "last_date")
    def _compute_next_date(self):
        for schedule in self:
            if not schedule.date_start:
                schedule.next_date = False
                continue
            days = Schedule(schedule.interval, schedule.date_start)
            # the anchor stays: after a short month the day is the old one again
            after = schedule.last_date or schedule.date_start - DAY
            schedule.next_date = days.boundary_after(after)

    def _compute_run_count(self):
        counts = dict(
            self.env["project.billing.run"]._read_group(
                [("schedule_id", "in", self.ids)], ["schedule_id"], ["__count"]
            )
        )
        for schedule in self:
            schedule.run_count = counts.get(schedule, 0)

    def action_open_runs(self):
        """Open the runs of this schedule."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_run_action"
        )
        action["domain"] = [("schedule_id", "=", self.id)]
        return action

    # === CALENDAR ===

    @api.model
    def _cron_start(self):
        """Start the runs that are due where their companies are (cron)."""
        # sudo: schedules of everybody; each run has the rights of its user
        schedules_sudo = self.sudo().search([("next_date", "!=", False)])
        for schedule in schedules_sudo:
            today = schedule.company_id._billing_today()
            if schedule.next_date <= today:
                schedule._engine()._try_to_start(today)

    def _try_to_start(self, today):
        """Start the run that is due; an error stops no other run (engine only)."""
        try:
            with self.env.cr.savepoint():
                self._check_user()
                self._start(today)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except UserError as error:
            self.error = str(error)
        except Exception:
            # whatever it is, the other schedules are started
            _logger.exception("Schedule of billing runs %s", self.id)
            self.error = self.env._(
                "Something unexpected went wrong. An administrator finds the details "
                "in the server's log."
            )
        else:
            self.error = False

    def _start(self, today):
        """Create and start the run that is due, for missed ones too (engine only)."""
        self.ensure_one()
        due = self.next_date
        days = Schedule(self.interval, self.date_start)
        while (following := days.boundary_after(due)) <= today:
            due = following
        run = self.env["project.billing.run"].create(
            {
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
                "scope": self.scope,
                "submit": self.submit,
                **{
                    name: [fields.Command.set(self[name].ids)]
                    for name in ("project_ids", "partner_ids", "manager_ids", "tag_ids")
                },
                "schedule_id": self.id,
                "date_to": due - DAY,
            }
        )
        self.last_date = due
        if run._scope_projects():
            # by the job: nobody waits here, and no other schedule has to
            run._begin(at_once=False)
        else:
            run.write({"state": "done"})
