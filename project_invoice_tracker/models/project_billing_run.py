"""Billing runs: many projects are billed at once, independently of each other."""

from odoo import api, fields, models
from odoo.tools import format_date

from ..const import RUN_STATES
from ..exceptions import BillingError

#: Up to so many projects are billed while the user waits; more by the cron job.
AT_ONCE = 3
#: Fields that cannot be changed after a run has started.
SETTINGS = {
    "company_id",
    "scope",
    "project_ids",
    "partner_ids",
    "manager_ids",
    "tag_ids",
    "submit",
    "date_from",
    "date_to",
}


class ProjectBillingRun(models.Model):
    """A billing run prepares the requests of many projects up to a day.

    Each project is a transaction of its own, with the rights of whoever started the
    run. A project that fails keeps its error and does not stop the others. Starting the
    run again extends the drafts there are, and creates nothing twice.
    """

    _name = "project.billing.run"
    _inherit = ["project.billing.run.scope"]
    _description = "Billing Run"
    _order = "id desc"
    _engine_fields = frozenset(
        {"name", "user_id", "state", "date_start", "date_done", "schedule_id"}
    )

    name = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        RUN_STATES, required=True, readonly=True, default="draft", copy=False
    )
    date_from = fields.Date(
        string="Work From", help="Empty: whatever is open, however old."
    )
    date_to = fields.Date(
        string="Work Until",
        required=True,
        default=lambda self: self.env.company._billing_today(),
        help="Last day of work to bill.",
    )
    date_start = fields.Datetime("Started On", readonly=True, copy=False)
    date_done = fields.Datetime("Finished On", readonly=True, copy=False)
    # a run lists its projects when it starts; without any of these it finds none
    project_ids = fields.Many2many(ondelete="cascade")
    partner_ids = fields.Many2many(ondelete="cascade")
    manager_ids = fields.Many2many(ondelete="cascade")
    tag_ids = fields.Many2many(ondelete="cascade")
    schedule_id = fields.Many2one(
        "project.billing.run.schedule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    line_ids = fields.One2many(
        "project.billing.run.line", "run_id", string="Results", readonly=True
    )
    project_count = fields.Integer(compute="_compute_progress")
    prepared_count = fields.Integer("Prepared", compute="_compute_progress")
    nothing_count = fields.Integer("Nothing to Bill", compute="_compute_progress")
    failed_count = fields.Integer("Failed", compute="_compute_progress")
    progress = fields.Float(
        compute="_compute_progress", help="Projects that were looked at, in percent."
    )

    _schedule_uniq = models.UniqueIndex(
        "(schedule_id, date_to) WHERE (schedule_id IS NOT NULL)",
        "This run of the schedule exists already.",
    )

    # === COMPUTE ===

    @api.depends("line_ids.state")
    def _compute_progress(self):
        counts = {
            (run.id, state): count
            for run, state, count in self.env["project.billing.run.line"]._read_group(
                [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
            )
        }
        for run in self:
            of_state = {
                state: counts.get((run.id, state), 0)
                for state in ("waiting", "prepared", "nothing", "failed")
            }
            total = sum(of_state.values())
            run.project_count = total
            run.prepared_count = of_state["prepared"]
            run.nothing_count = of_state["nothing"]
            run.failed_count = of_state["failed"]
            run.progress = total and 100 * (total - of_state["waiting"]) / total

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        runs = super().create(vals_list)
        for run in runs:
            engine = run._engine()
            numbers = engine.env["ir.sequence"].with_company(run.company_id)
            engine.name = numbers.next_by_code("project.billing.run")
        return runs

    def write(self, vals):
        if vals.keys() & SETTINGS:
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        self._check_draft()

    def _check_draft(self):
        for run in self:
            if run.state != "draft":
                raise BillingError(
                    self.env._(
                        "%s was started, and stays as it is. Make another run.",
                        run.name,
                    )
                )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for run in self:
            if run.date_from and run.date_from > run.date_to:
                raise BillingError(
                    self.env._(
                        "The period ends (%(end)s) before it starts (%(start)s).",
                        start=format_date(self.env, run.date_from),
                        end=format_date(self.env, run.date_to),
                    )
                )

    # === ACTIONS ===

    def action_start(self):
        """Start these runs, or start them again: drafts that exist are extended.

        A few projects are billed at once, many by a job in the background.

        :returns: True
        :raises BillingError: when a run goes on, or there is no project to bill
        """
        self._check_startable()
        for run in self:
            # whoever starts a run answers for it, with the own rights
            run._engine().user_id = self.env.user
            run._engine()._begin()
        return True

    def action_retry(self):
        """Try the projects again that failed.

        :returns: True
        :raises BillingError: when a run goes on, or nothing failed
        """
        self._check_startable()
        for run in self:
            failed = run._engine().line_ids.filtered(
                lambda each: each.state == "failed"
            )
            if not failed:
                raise BillingError(self.env._("No project of %s failed.", run.name))
            failed._wait()
            run._engine().user_id = self.env.user
            run._engine()._go_on()
        return True

    def action_cancel(self):
        """Stop these runs; the requests that they prepared stay.

        :returns: True
        """
        self._check_own()
        for run in self:
            if run.state not in ("draft", "running"):
                raise BillingError(
                    self.env._("%s is finished and cannot be cancelled.", run.name)
                )
        self._engine().write({"state": "cancelled"})
        return True

    def action_open_requests(self):
        """Open the requests that these runs prepared or extended."""
        self._check_some()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        action["domain"] = [("id", "in", self.line_ids.request_id.ids)]
        return action

    def action_open_failed(self):
        """Open the projects of these runs that failed, with their errors."""
        self._check_some()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_run_line_action"
        )
        action["domain"] = [("run_id", "in", self.ids), ("state", "=", "failed")]
        return action

    # === RIGHTS ===

    def _check_some(self):
        if not self:
            raise BillingError(self.env._("Choose at least one billing run."))
        self.check_access("read")

    def _check_own(self):
        """Refuse runs that the user may not write."""
        self._check_some()
        self.check_access("write")

    def _check_startable(self):
        """Refuse runs that are in progress already."""
        self._check_own()
        for run in self:
            if run.state == "running":
                raise BillingError(
                    self.env._("%s is running. Wait until it is done.", run.name)
                )

    # === STARTING ===

    def _begin(self, at_once=True):
        """List every project in scope, and start billing them (engine only).

        :param bool at_once: a few projects are billed now, as somebody waits
        """
        self.ensure_one()
        projects = self._scope_projects()
        if not projects:
            raise BillingError(
                self.env._(
                    "%s finds no project to bill. Only projects with a billing rule "
                    "that you manage are billed.",
                    self.name,
                )
            )
        known = self.line_ids.project_id
        self.line_ids._wait()
        self.env["project.billing.run.line"].create(
            [
                {"run_id": self.id, "project_id": project_id}
                for project_id in projects.ids
                if project_id not in known.ids
            ]
        )
        self._go_on(at_once)

    def _go_on(self, at_once=True):
        """Bill waiting projects: few now, many by the cron job (engine only)."""
        self.write(
            {"state": "running", "date_start": self.env.cr.now(), "date_done": False}
        )
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        if at_once and len(waiting) <= AT_ONCE:
            self._work_at_once(waiting)
        else:
            self._call_cron()
