"""Approval levels of a request: what is asked, and who may decide."""

from functools import partial

from odoo import api, fields, models

from ..billing import levels
from ..billing.rounding import exact, exact_money
from ..billing.transitions import APPROVING_STEPS, DRAFT, STEPS
from ..const import APPROVER_GROUP
from .currency_step import step_of


class ProjectBillingRequest(models.Model):
    """The approval levels, copied when the request was submitted."""

    _inherit = "project.billing.request"

    step_ids = fields.One2many(
        "project.billing.step",
        "request_id",
        string="Approvals",
        readonly=True,
        help="What each approval level asks of this request, in order.",
    )
    waiting_since = fields.Datetime(
        compute="_compute_waiting_since",
        help="When the level that is asked now was asked.",
    )

    @api.depends("step_ids.state", "step_ids.date_asked", "state")
    def _compute_waiting_since(self):
        for request in self:
            request.waiting_since = request._current_step().date_asked

    @property
    def _waiting_since(self):
        """Return when the current level was asked."""
        self.ensure_one()
        return self.waiting_since

    def _current_step(self):
        """Return the step of the current level (elevated), if any."""
        self.ensure_one()
        if self.state != "submitted":
            return self.env["project.billing.step"]
        return self._steps().filtered(lambda step: step.state != "done")[:1]

    def _steps(self):
        """Return the steps of the present submissions (elevated).

        Steps of earlier submissions are archived and never included, even if the
        context asks for archived records.
        """
        # sudo: what is asked of requests that the user may see
        steps = self.sudo().step_ids
        # read with those of all requests that were read with this one
        return steps.filtered("active").with_prefetch(steps._prefetch_ids)

    # === WHO ===

    def _approvers_now(self):
        """Return the users who may decide on this request right now.

        These are the approvers of the current level and their delegates of today,
        without those who are barred. If there is nobody, the request stays submitted
        and shows that; it is never approved by default.
        """
        self.ensure_one()
        return self.env["res.users"].browse(self._deciders()[self])

    def _deciders(self):
        """Return ``{request: {user id: id of the user in whose place}}``."""
        found = {request: {} for request in self}
        waiting = self.filtered(lambda request: request.state == "submitted")
        if not waiting:
            return found
        delegates = self.env["project.billing.delegation"]._today(waiting.company_id)
        barred = waiting._barred_ids()
        users = self.env["res.users"]
        people_of = users._billing_people()
        waiting._steps().mapped("user_ids")  # read together
        for request in waiting:
            step = request._current_step()
            out = users._billing_logins(request._deciding_users().ids, people_of)
            # sudo: a switch of the company
            if not request.company_id.sudo().billing_allow_self_approval:
                out |= barred[request.id].keys()
            group = step._deciding_group()
            people = levels.deciders(
                request._able(step.user_ids, group).ids,
                delegates[request.company_id.id],
                out,
            )
            able = request._able(self.env["res.users"].browse(people), group).ids
            found[request] = {user: people[user] for user in able}
        return found

    def _able(self, users, group=APPROVER_GROUP):
        """Return those of ``users`` who still have the right in this company.

        :param str group: that they need
        """
        # sudo: rights and companies of approvers
        return users.sudo().filtered(
            lambda user: (
                user.active
                and self.company_id in user.company_ids
                and user.has_group(group)
            )
        )

    def _deciding_users(self):
        """Return the users whose approvals count already: each decides once."""
        # sudo: the request's own log
        given = self.sudo().approval_ids.filtered(
            lambda row: row.valid and row.decision in APPROVING_STEPS
        )
        return given.user_id | given.for_user_id

    def _barred_ids(self, asker=None):
        """Return ``{request id: {user id: cause}}`` of who may not approve.

        :param asker: who is about to submit, if that is not whoever asked last

        The causes are ``self`` (asked for it), ``editor`` (edited it since it was made)
        and ``price`` (changed a price that it uses, since its period began). All logins
        of a person are that person.
        """
        changers = self._price_changers()
        users = self.env["res.users"]
        logins = partial(users._billing_logins, people=users._billing_people())
        return {
            request.id: {
                **dict.fromkeys(logins(changers[request.id]), "price"),
                **dict.fromkeys(
                    logins((request.last_editor_id | request.editor_ids).ids), "editor"
                ),
                **dict.fromkeys(logins((asker or request.user_id).ids), "self"),
            }
            for request in self.sudo()  # sudo: names of people only
        }

    @api.model
    def _any_approver(self, company):
        """Return all billing approvers of a company (elevated)."""
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(APPROVER_GROUP, True)
        # sudo: the members of a group, of whom only names are shown
        group = self.env["res.groups"].sudo().browse(group_id)
        return group.all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )

    # === WHAT ===

    def _set_up_steps(self, contents):
        """Copy the levels that apply, keep approvals that count, ask the first level.

        :param dict contents: of :meth:`_contents`, as they were submitted
        """
        requests = self.sudo()  # sudo: tags and customers decide which levels apply
        every = {company: self._levels(company) for company in requests.company_id}
        self.env["project.billing.step"]._engine().create(
            [
                values
                for request in requests
                for values in request._prepare_steps(every[request.company_id])
            ]
        )
        self._carry_over(contents)
        self._ask_next(contents)

    def _prepare_steps(self, every):
        """Return the values of the steps of one request (elevated).

        :param every: the levels of the company
        """
        return self._prepare_level_steps(every)

    def _prepare_level_steps(self, every):
        """Return the values of the levels that apply to one request (elevated).

        :param every: the levels of the company
        """
        applying = levels.asked(
            [level._to_level() for level in every],
            self._facts() if every else None,
        )
        chosen = every.browse(level.id for level in applying)
        if not chosen:
            return [
                {
                    "request_id": self.id,
                    "name": self.env._("Billing approver"),
                    "any_approver": True,
                    "required": 1,
                    "user_ids": self._any_approver(self.company_id).ids,
                }
            ]
        return [
            {
                "request_id": self.id,
                "level_id": level.id,
                "name": level.name,
                "sequence": position,
                "covers": level.covers,
                "required": level.required,
                "user_ids": self._able(level._approvers()).ids,
            }
            for position, level in enumerate(chosen)
        ]

    @api.model
    def _levels(self, company):
        """Return the levels of a company, and of those above it (elevated)."""
        # sudo: levels hold for whoever submits
        levels_sudo = self.env["project.billing.level"].sudo()
        return levels_sudo.search([("company_id", "parent_of", company.ids)])

    def _facts(self):
        """Return the values that the conditions of levels compare."""
        return levels.Facts(
            amount=exact_money(
                self._amount_in_company(), step_of(self.company_id.currency_id)
            ),
            tag_ids=frozenset(self.project_id.tag_ids.ids),
            partner_id=self.partner_id.commercial_partner_id.id,
            discount=max(
                map(exact, self.line_ids._live().mapped("discount")), default=exact(0)
            ),
        )

    def _amount_in_company(self):
        """Return the untaxed amount in company currency, at the rate of today.

        :raises BillingError: when there is no rate, naming currency and day
        """
        self.ensure_one()
        company, currency = self.company_id, self.currency_id
        if currency == company.currency_id:
            return self.amount_untaxed
        day = company._billing_today()
        self._billing_check_rate(day)
        return currency._convert(self.amount_untaxed, company.currency_id, company, day)

    # === NEXT ===

    def _ask_next(self, contents=None):
        """Close steps that are full and ask the next; approve when none is left."""
        requests = self._engine()
        steps = requests._steps()
        steps.approval_ids.mapped("valid")  # read together
        full = steps.filtered(lambda step: step.state != "done" and step._is_full())
        if full:
            full.write({"state": "done"})
        waiting = requests.filtered(lambda request: request.state == "submitted")
        complete = waiting.filtered(
            lambda request: request._steps() and not request._current_step()
        )
        turn = steps.browse(
            request._current_step().id for request in waiting - complete
        ).filtered(lambda step: step.state == "waiting")
        if turn:
            turn.write({"state": "asked", "date_asked": fields.Datetime.now()})
        if complete:
            complete._move("approve_kept", contents=contents)
        (waiting - complete)._ask_approvers()

    def _move(self, step, *args, **kwargs):
        """Override: archive the steps of drafts; they stay on record."""
        result = super()._move(step, *args, **kwargs)
        if STEPS[step][1] == DRAFT:
            self._engine().step_ids.write({"active": False})
            self.invalidate_recordset(["step_ids"])
        return result
