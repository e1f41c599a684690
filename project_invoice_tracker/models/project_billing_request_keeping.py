"""Keep earlier approvals that still apply after a request was changed."""

from odoo import api, models
from odoo.tools import format_date

from ..billing import levels
from ..billing.transitions import APPROVING_STEPS

#: Decisions after which no earlier approval counts, whatever is unchanged.
RESETTING = {"send_back", "cancel", "replace", "invoice_restored"}


class ProjectBillingRequest(models.Model):
    """Ask only the levels again that a change concerns."""

    _inherit = "project.billing.request"

    def _carry_over(self, contents):
        """Fill steps with earlier approvals of the parts that did not change since."""
        again = self.sudo().filtered(  # sudo: the request's own log
            lambda request: any(
                row.decision in APPROVING_STEPS for row in request.approval_ids
            )
        )
        if not again:
            return
        barred = again._barred_ids()
        rows = []
        for request in again:
            steps = request._steps()
            out = set()
            if not request.company_id.billing_allow_self_approval:
                out = barred[request.id].keys()
            kept = levels.carried(
                [step._to_step() for step in steps],
                request._given_before(),
                contents[request.id].parts,
                out,
            )
            rows += [
                (request, steps[position], approval.id)
                for position, approvals in kept.items()
                for approval in approvals
            ]
        for request, step, approval_id in rows:
            request._keep(step, approval_id, contents)

    def _keep(self, step, approval_id, contents):
        """Log that an earlier approval still counts, in the name of who gave it."""
        # sudo: the request's own log
        before = self.env["project.billing.approval"].sudo().browse(approval_id)
        self._engine()._log(
            "carry_over",
            self.env._("Given on %s", format_date(self.env, before.date)),
            True,
            contents,
            {
                self.id: {
                    "user_id": before.user_id.id,
                    "for_user_id": before.for_user_id.id,
                    "self_approved": before.self_approved,
                    "step_id": step.id,
                    "kept_from_id": (before.kept_from_id or before).id,
                }
            },
        )

    def _given_before(self):
        """Return earlier approvals that may still count, as plain values.

        Not counted are approvals from before the invoice was sent back, those of a
        level that rejected the request later, and those from before a rejection by
        somebody whose level was not asked.
        """
        found, refused = [], set()
        for row in self.approval_ids.sorted("id", reverse=True):
            if row.decision in RESETTING or (
                row.decision == "reject" and not row.step_id
            ):
                break
            key = row.step_id._key()
            if row.decision == "reject":
                refused.add(key)
            elif row.decision in APPROVING_STEPS and row.parts and row.step_id:
                if key not in refused:
                    found.append(
                        levels.Given(
                            id=row.id,
                            level_id=key,
                            user_id=row.user_id.id,
                            authority_id=(row.for_user_id or row.user_id).id,
                            parts=tuple(row.parts.items()),
                        )
                    )
        return found

    @api.model
    def _adopt_earlier_approvals(self):
        """Create the steps of requests from before there were levels; for upgrades.

        Approvals that count get the content of now, if they were given on that content.
        """
        requests = self._engine().search(
            [("state", "in", ("submitted", "approved")), ("step_ids", "=", False)]
        )
        contents = requests._contents()
        steps = self.env["project.billing.step"]._engine()
        for request in requests:
            done = request.state == "approved"
            (values,) = request._prepare_level_steps(self.env["project.billing.level"])
            last = request._submitted()
            step = steps.create(
                {
                    **values,
                    "state": "done" if done else "asked",
                    "date_asked": last.date or request.write_date,
                }
            )
            given = request.approval_ids.filtered("valid")
            given._engine().write({"step_id": step.id})
            content = contents[request.id]
            for row in (last | given)._engine():
                if content.matches(row.fingerprint, row.parts):
                    row.write({"parts": content.parts, "content": content.snapshot})
