"""Comments on billing lines: what approvers ask, and what managers answer."""

from odoo import api, fields, models
from odoo.tools import format_datetime

from ..billing.transitions import APPROVING_STEPS
from ..exceptions import BillingError

MAX_LENGTH = 2000


class ProjectBillingComment(models.Model):
    """One comment on a line: plain text, written once and never changed.

    There is one row per comment, and nothing on lines without any.
    """

    _name = "project.billing.comment"
    _inherit = ["project.billing.guard"]
    _description = "Comment on a Billing Line"
    _order = "id"
    _rec_name = "text"
    _engine_owned = True

    line_id = fields.Many2one(
        "project.billing.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    request_id = fields.Many2one(related="line_id.request_id", store=True, index=True)
    project_id = fields.Many2one(related="line_id.project_id", store=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users", "By", required=True, readonly=True, ondelete="restrict"
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    text = fields.Text(string="Comment", required=True, readonly=True)

    @api.depends("user_id", "date")
    def _compute_display_name(self):
        for comment in self._named():
            day = format_datetime(self.env, comment.date)
            # sudo: the name of who wrote it
            comment.display_name = f"{comment.sudo().user_id.name}, {day}"


class ProjectBillingLine(models.Model):
    """A billing line with its thread of comments."""

    _inherit = "project.billing.line"

    comment_ids = fields.One2many("project.billing.comment", "line_id", readonly=True)
    comment_count = fields.Integer(
        string="Number of Comments", compute="_compute_comment_count"
    )

    @api.depends("comment_ids")
    def _compute_comment_count(self):
        counts = dict(
            self.env["project.billing.comment"]._read_group(
                [("line_id", "in", self.ids)], ["line_id"], ["__count"]
            )
        )
        for line in self:
            line.comment_count = counts.get(line._origin, 0)

    def action_comment(self, text=None):
        """Comment on one line; whoever may read the request may do so.

        It changes nothing that is approved. The other side is notified: the manager of
        what others write, the approvers of what the manager writes.

        :param str text: plain text; without it the window with the thread opens
        :returns: True, or the window
        :raises AccessError: when the user may not read the line
        :raises BillingError: when the text is missing or too long
        """
        if len(self) != 1:
            raise BillingError(self.env._("Comment on one line at a time."))
        self.check_access("read")
        self.request_id.check_access("read")
        if text is None:
            return self._open_thread()
        if not isinstance(text, str) or not text.strip():
            raise BillingError(self.env._("Write something first."))
        if len(text) > MAX_LENGTH:
            raise BillingError(
                self.env._("A comment has %s characters at most.", MAX_LENGTH)
            )
        comment = self.env["project.billing.comment"]._engine()
        comment.create(
            {
                "line_id": self.id,
                "user_id": self.env.uid,
                "text": text.strip(),
            }
        )
        self._tell_comment(text.strip())
        return True

    def _open_thread(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Comments on “%s”", (self.name or "").split("\n")[0]),
            "res_model": "project.billing.write.comment",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def _tell_comment(self, text):
        """Notify the other side, and everybody who wrote in the thread."""
        request_sudo = self.request_id.sudo()  # sudo: the people of a readable request
        manager = request_sudo.user_id | request_sudo.project_id.user_id
        if self.env.user in manager | request_sudo.project_id.billing_deputy_ids:
            others = self._comment_approvers()
        else:
            others = manager
        others |= self.sudo().comment_ids.user_id  # sudo: who wrote in this thread
        people = others.filtered(self._may_hear) - self.env.user
        if not people:
            return
        request_sudo.message_notify(
            partner_ids=people.partner_id.ids,
            author_id=self.env.user.partner_id.id,
            subject=self.env._("%s: a comment on a line", request_sudo.name),
            # plain text: Odoo escapes what is no markup
            body=self.env._(
                "On “%(line)s”: %(text)s",
                line=(self.name or "").split("\n")[0],
                text=text,
            ),
        )

    def _may_hear(self, user):
        """Tell whether a user may still read the request; people leave."""
        companies = self.request_id.company_id.ids  # not those of who writes
        request = self.request_id.with_user(user).with_context(
            allowed_company_ids=companies
        )
        return (
            user.active
            and request.company_id in user.company_ids
            and request.has_access("read")
        )

    def _comment_approvers(self):
        """Return who approves the request now, or took part in its approval."""
        request_sudo = self.request_id.sudo()  # sudo: people only
        if request_sudo.state == "submitted":
            return request_sudo._approvers_now()
        decided = request_sudo.approval_ids.filtered(
            lambda row: row.decision in {*APPROVING_STEPS, "reject"}
        )
        return decided.user_id
