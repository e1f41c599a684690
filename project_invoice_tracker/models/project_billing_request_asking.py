"""Facts for the decision of an approver, in lists, forms and mails."""

from odoo import api, fields, models
from odoo.tools import format_amount, format_date, format_datetime

from ..exceptions import BillingError

MAIL = "project_invoice_tracker.mail_decision"


class ProjectBillingRequest(models.Model):
    """Waiting time, unusual points and the previous request; mails to approvers."""

    _inherit = "project.billing.request"

    waiting_days = fields.Integer(
        string="Days Waiting", compute="_compute_waiting_days", compute_sudo=True
    )
    decision_note = fields.Char(
        string="Points to Note",
        compute="_compute_decision_note",
        compute_sudo=True,
        help="What is unusual about this request: work written off, discounts, lines "
        "typed by hand, an earlier rejection.",
    )
    previous_note = fields.Char(
        string="Last Time",
        compute="_compute_previous_note",
        compute_sudo=True,
        help="The last invoiced request of the project, and the difference.",
    )

    submission_number = fields.Integer(
        compute="_compute_submission_number",
        compute_sudo=True,
        export_string_translation=False,
        help="Which submission a screen shows; only that one is decided on.",
    )

    # === COMPUTE ===

    @api.depends("state", "approval_ids.decision")
    def _compute_submission_number(self):
        latest = self._latest_submissions()
        for request in self:
            request.submission_number = latest.get(request._origin.id, 0)

    def _latest_submissions(self):
        """Return ``{request id: id of the step by which it was submitted last}``."""
        # sudo: the requests' own log
        steps_sudo = self.env["project.billing.approval"].sudo()
        rows = steps_sudo._read_group(
            [("request_id", "in", self._origin.ids), ("decision", "=", "submit")],
            ["request_id"],
            ["id:max"],
        )
        return {request.id: latest for request, latest in rows}

    @api.depends("state", "approval_ids")
    def _compute_waiting_days(self):
        for request in self:
            since = request.state == "submitted" and request._waiting_day()
            today = request.company_id._billing_today() if since else None
            request.waiting_days = (today - since).days if since else 0

    @api.depends_context("lang")
    @api.depends("state", "line_ids", "allocation_ids.state", "approval_ids")
    def _compute_decision_note(self):
        for request in self:
            request.decision_note = " ".join(request._decision_points()) or False

    @api.depends_context("lang")
    @api.depends("state", "amount_untaxed")
    def _compute_previous_note(self):
        latest = dict(
            self._read_group(
                [
                    ("project_id", "in", self.project_id.ids),
                    ("state", "=", "invoiced"),
                ],
                ["project_id"],
                ["id:max"],
            )
        )
        for request in self:
            before = self.browse(latest.get(request.project_id, []))
            request.previous_note = request._previous_sentence(
                before.with_prefetch(latest.values())  # read together
            )

    def _previous_sentence(self, before):
        """Return the total of the request before and the difference, in words."""
        self.ensure_one()
        if not before or before == self or before.currency_id != self.currency_id:
            return False
        difference = self.amount_untaxed - before.amount_untaxed
        more, less = self.env._("%s more now"), self.env._("%s less now")
        amount = format_amount(self.env, abs(difference), self.currency_id)
        return self.env._(
            "%(request)s until %(day)s: %(amount)s untaxed, %(difference)s",
            request=before.name,
            day=format_date(self.env, before.date_to) if before.date_to else "–",
            amount=format_amount(self.env, before.amount_untaxed, self.currency_id),
            difference=(more if difference >= 0 else less) % amount,
        )

    def _check_can_approve(self):
        """Override: refuse to decide from a screen that shows an older submission."""
        result = super()._check_can_approve()
        shown = self._submissions_shown()
        if shown is None:
            return result
        unseen = self.filtered(lambda request: str(request.id) not in shown)
        if unseen:
            raise BillingError(
                self.env._(
                    "%s: not on the page of the list that you see. Approve what is on "
                    "this page, then look at the next.",
                    ", ".join(unseen.mapped("name")),
                )
            )
        latest = self._latest_submissions()
        for request in self:
            if latest.get(request.id) != shown[str(request.id)]:
                raise BillingError(
                    self.env._(
                        "%s was submitted again since you opened it. Look at it once "
                        "more.",
                        request.name,
                    )
                )
        return result

    def _submissions_shown(self):
        """Return which submission the screen shows, by id as text; None without one."""
        several = self.env.context.get("billing_submissions")
        if isinstance(several, dict):
            return several
        one = self.env.context.get("billing_submission")
        return {str(self.id): one} if one and len(self) == 1 else None

    def _waiting_day(self):
        """Return the day since which the request waits for its present approvers."""
        self.ensure_one()
        moment = self.waiting_since or self._submitted().date
        return moment and self.company_id._billing_day(moment)

    def _asked_now(self):
        """Return ``{request: users who may decide on it right now}``."""
        users = self.env["res.users"]
        return {
            request: users.browse(deciders)
            for request, deciders in self._deciders().items()
        }

    def _decision_points(self):
        """Return sentences about what is unusual; other add-ons add theirs."""
        self.ensure_one()
        points = []
        lines = self.line_ids._live()
        if self.has_write_off:
            points.append(self.env._("Work is written off."))
        if self.has_discount:
            points.append(self.env._("Some lines have a discount."))
        typed = lines.filtered(lambda line: line.kind == "manual")
        if typed:
            amount = sum(typed.mapped("price_subtotal"))
            points.append(
                self.env._(
                    "Typed by hand: %s.",
                    format_amount(self.env, amount, self.currency_id),
                )
            )
        if self.cap_note:
            points.append(self.cap_note)
        rejection = self.approval_ids.filtered(
            lambda row: row.decision in ("reject", "send_back")
        )[:1]
        if rejection:
            points.append(
                self.env._(
                    "Came back before: “%(why)s” (%(who)s).",
                    why=rejection.comment or "",
                    who=rejection.user_id.name,
                )
            )
        return points

    # === MAILS ===

    def _ask_approvers(self):
        """Override: each approver gets one mail as well, once per level."""
        result = super()._ask_approvers()
        self._queue_asking()
        return result

    def _queue_asking(self):
        """Queue the mail to users who may decide now and were not asked yet."""
        rows = []
        asked = self.filtered(lambda r: r.state == "submitted")._asked_now()
        for request, users in asked.items():
            # by level: who was too late for one is asked for the next
            step_id = request._current_step().id
            rows += [
                {
                    "key": f"approval/{request.id}/{step_id}/{user.id}",
                    "kind": "approval",
                    "request_id": request,
                    "user_id": user,
                    "owner_id": request.user_id,
                }
                for user in users
            ]
        self.env["project.billing.outbox"]._queue(rows)

    def _decision_facts(self):
        """Return ``[(label, text)]`` of the facts that an approver needs."""
        self.ensure_one()
        env = self.env
        period = [
            format_date(env, day) for day in (self.date_from, self.date_to) if day
        ]
        facts = [
            (env._("Customer"), self.partner_id.display_name),
            (env._("Project"), self.project_id.name),
            (env._("Asked by"), self.user_id.name),
            (env._("Work"), " – ".join(dict.fromkeys(period))),
            (
                env._("Amount"),
                env._(
                    "%(untaxed)s, with taxes %(total)s",
                    untaxed=format_amount(env, self.amount_untaxed, self.currency_id),
                    total=format_amount(env, self.amount_total, self.currency_id),
                ),
            ),
            (env._("Last time"), self.previous_note),
            (env._("To note"), self.decision_note),
        ]
        return [(label, text) for label, text in facts if text]

    def _decision_url(self, decision):
        """Return the page that asks for the decision; opening it decides nothing."""
        self.ensure_one()
        return f"{self.get_base_url()}/billing/request/{self.id}/{decision}"


class ProjectBillingOutbox(models.Model):
    """Mails that ask approvers, remind them, and escalate."""

    _inherit = "project.billing.outbox"

    def _deliver_approval(self):
        """Ask an approver, if the request still waits for this one."""
        return self._notify_decision(
            self.env._("Please approve %(request)s: %(amount)s for %(customer)s")
        )

    def _notify_decision(self, subject):
        """Send one person the facts and the buttons, unless it is decided already."""
        user = self.user_id
        request = self.request_id.with_context(lang=user.lang, tz=user.tz)
        request = request.with_company(self.company_id)
        if request.state != "submitted" or user not in self._still_asked(request):
            self.error = self.env._("It was decided meanwhile.")
            return None
        values = {
            "record": request,
            "facts": request._decision_facts(),
            "since": format_datetime(request.env, request._submitted().date),
            "days": request.waiting_days,
            "kind": self.kind,
        }
        return request.message_notify(
            partner_ids=user.partner_id.ids,
            author_id=self.owner_id.partner_id.id,
            subject=subject
            % {
                "request": request.name,
                "amount": format_amount(
                    request.env, request.amount_untaxed, request.currency_id
                ),
                "customer": request.partner_id.display_name,
            },
            body=request.env["ir.qweb"]._render(MAIL, values),
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _still_asked(self, request):
        """Return the users whom this kind of message may still go to."""
        return request._approvers_now()
