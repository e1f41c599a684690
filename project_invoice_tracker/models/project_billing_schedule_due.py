"""Which automatic billing is due: calendar days, ready milestones, closed projects."""

from markupsafe import escape

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing.periods import DAY, Schedule, first_instant
from ..const import BILLING_MANAGER
from .project_billing_schedule_turn import ACTIVITY

#: Milestones that are ready since their schedule began, without a turn so far; each
#: part of a milestone that is accepted in parts has a turn of its own.
MILESTONES = """
    SELECT schedule.id, milestone.id,
           'milestone/' || milestone.id || '/' || coalesce(item.part, 0),
           coalesce(item.date, milestone.reached_date)
      FROM project_billing_schedule schedule
      JOIN project_project project ON project.id = schedule.project_id
       AND project.active
      JOIN project_milestone milestone ON milestone.project_id = schedule.project_id
      LEFT JOIN project_billing_item item ON item.milestone_id = milestone.id
     WHERE schedule.active AND schedule.trigger = 'milestone'
       AND coalesce(item.ready AND item.quantity_open <> 0, milestone.is_reached)
       AND coalesce(item.date, milestone.reached_date) >= schedule.date_start
       AND %s
       AND NOT EXISTS (SELECT FROM project_billing_schedule_turn turn
                        WHERE turn.schedule_id = schedule.id
                          AND turn.key = 'milestone/' || milestone.id
                              || '/' || coalesce(item.part, 0))
     ORDER BY schedule.id, milestone.id, item.part
"""
#: Earlier turns of a schedule that wait or failed are merged into its latest one.
MERGE = """
    UPDATE project_billing_schedule_turn older
       SET state = 'merged', next_try = NULL
     WHERE older.schedule_id IN %s AND older.state IN ('waiting', 'failed')
       AND older.milestone_id IS NULL
       AND EXISTS (SELECT FROM project_billing_schedule_turn later
                    WHERE later.schedule_id = older.schedule_id
                      AND later.milestone_id IS NULL AND later.id > older.id)
"""


class ProjectBillingSchedule(models.Model):
    """Find what is due and add its turns, each only once."""

    _inherit = "project.billing.schedule"

    @api.model
    def _note_due(self):
        """Add the turns that are due, by the date of each company (cron).

        Periods that were missed become one turn, the latest.
        """
        schedules = self._engine().search(
            [("next_date", "!=", False), ("project_id.active", "=", True)]
        )
        days = {company: company._billing_today() for company in schedules.company_id}
        due = {
            schedule: schedule._latest_due(days[schedule.company_id])
            for schedule in schedules
            if schedule.next_date <= days[schedule.company_id]
        }
        self._add_turns(
            [
                {"schedule": schedule, "key": f"day/{day}", "date": day}
                for schedule, day in due.items()
            ]
        )
        for schedule, day in due.items():
            schedule.last_date = day
        self._note_milestones()

    def _latest_due(self, today):
        """Return the day on which this schedule was due last."""
        if self.trigger == "end":
            return self.next_date
        return Schedule(self.interval, self.date_start).boundary_until(today)

    @api.model
    def _note_milestones(self, projects=None):
        """Add the turns of the milestones that are ready now.

        :param projects: only of these; by default of all
        """
        known = self._milestone_projects()
        if projects is not None:
            known = known & set(projects.ids)
        if not known:
            return
        self.env.flush_all()
        condition = SQL("schedule.project_id IN %s", tuple(known))
        rows = self.env.execute_query(SQL(MILESTONES, condition))
        turns = []
        for schedule_id, milestone_id, key, since in rows:
            schedule = self._engine().browse(schedule_id)
            # what is said to be reached in the future is billed then
            day = max(schedule.company_id._billing_today(), since)
            turns.append(
                {
                    "schedule": schedule,
                    "key": key,
                    "date": day,
                    "date_to": day,
                    "milestone_id": milestone_id,
                }
            )
        self._add_turns(turns)
        if turns:
            self._wake()

    @api.model
    def _add_turns(self, turns):
        """Add turns; a turn that exists already is not added again.

        :param list turns: dicts with ``schedule`` (record), ``key``, ``date``, and
            perhaps ``date_to`` (the day before, by default) and ``milestone_id``
        """
        if not turns:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO project_billing_schedule_turn (
                    schedule_id, project_id, company_id, key, date, date_to,
                    milestone_id, next_try, state, attempts,
                    create_uid, create_date, write_uid, write_date)
                VALUES %s ON CONFLICT (schedule_id, key) DO NOTHING RETURNING id
                """,
                SQL(", ").join(self._turn_row(**turn) for turn in turns),
            )
        )
        schedules = [turn["schedule"].id for turn in turns]
        self.env.cr.execute(SQL(MERGE, tuple(schedules)))
        self.env["project.billing.schedule.turn"].invalidate_model()
        self.invalidate_model(["turn_ids"])

    @api.model
    def _turn_row(self, schedule, key, date, date_to=None, milestone_id=None):
        """Return the values of one new turn as SQL."""
        company, now, uid = schedule.company_id, fields.Datetime.now(), self.env.uid
        next_try = max(now, first_instant(date, company._billing_zone()))
        return SQL(
            "(%s, %s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s, %s, %s, %s)",
            schedule.id,
            schedule.project_id.id,
            company.id,
            key,
            date,
            date_to or date - DAY,
            milestone_id,
            next_try,
            uid,
            now,
            uid,
            now,
        )


class ProjectMilestone(models.Model):
    """Milestones that become ready start the automatic billing of their project."""

    _inherit = "project.milestone"

    def _billing_sync(self, projects=None):
        """Override: add turns for milestones that became ready, after their items."""
        result = super()._billing_sync(projects)
        concerned = self.project_id | (projects or self.project_id)
        self.env["project.billing.schedule"]._note_milestones(concerned)
        return result

    def _billing_is_ready(self):
        """Tell whether the items of this milestone are ready to bill."""
        self.ensure_one()
        # sudo: the engine asks, for whoever moved the milestone
        items_sudo = self.env["project.billing.item"].sudo()
        items = items_sudo.search([("milestone_id", "=", self.id)])
        return any(items.mapped("ready")) if items else self.is_reached


class ProjectProject(models.Model):
    """Projects that are closed are billed, if their schedule says so."""

    _inherit = "project.project"

    def write(self, vals):
        if "stage_id" not in vals:
            return super().write(vals)
        # sudo: stages of projects are seen by those who use them only
        before = {project.id: project.sudo().stage_id.fold for project in self}
        result = super().write(vals)
        self.filtered(
            # sudo: as above
            lambda p: p.sudo().stage_id.fold and not before[p.id]
        )._billing_note_closed()
        return result

    def _billing_note_closed(self):
        """Add the turns of schedules that bill these projects at their end."""
        schedules = self.env["project.billing.schedule"]
        # sudo: schedules of a project, whoever closes it
        found = schedules._engine().search(
            [("project_id", "in", self.ids), ("trigger", "=", "end")]
        )
        turns = []
        for schedule in found:
            today = schedule.company_id._billing_today()
            turns.append(
                {
                    "schedule": schedule,
                    "key": f"closed/{today}",
                    "date": today,
                    "date_to": today,
                }
            )
        schedules._add_turns(turns)
        if turns:
            schedules._wake()

    def _billing_accountable(self, company):
        """Return who can correct what keeps this project from being billed.

        Its manager or a deputy, if they may still bill it; otherwise those who
        configure billing in the company.
        """
        self.ensure_one()
        owners = self.user_id | self.billing_deputy_ids
        able = owners.filtered(
            lambda user: (
                user.active
                and company in user.company_ids
                and self.with_user(user)._billing_is_manager()
            )
        )
        if able:
            return able
        # sudo: the members of a group, of whom somebody is asked to help
        group = self.env.ref(BILLING_MANAGER).sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        ).sorted("id")


class ProjectBillingRequest(models.Model):
    """Ask the manager to look at requests that were prepared automatically."""

    _inherit = "project.billing.request"

    def _ask_to_look(self, reason="", summary=""):
        """Give the manager an activity on these requests.

        :param str reason: why, in words
        :param str summary: what to do; to look at a draft, by default
        """
        summary = summary or self.env._("Prepared by itself: look at it and submit it")
        for request in self:
            # sudo: an activity for the manager, made by the schedule
            request.sudo().with_context(
                mail_activity_quick_update=True
            ).activity_schedule(
                ACTIVITY,
                user_id=request.user_id.id,
                summary=summary,
                note=escape(reason),
            )

    def _move(self, step, *args, **kwargs):
        """Override: close that activity when the request is submitted or cancelled."""
        result = super()._move(step, *args, **kwargs)
        if step in ("submit", "cancel"):
            # sudo: an activity of whoever was asked
            self.sudo().activity_unlink([ACTIVITY])
        return result
