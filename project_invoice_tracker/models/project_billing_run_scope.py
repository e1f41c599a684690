"""Which projects a run, or a schedule of runs, bills and as whom."""

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..const import BILLING_MANAGER, RUN_SCOPES


class ProjectBillingRunScope(models.AbstractModel):
    """Projects of one company, billed with the rights of one user."""

    _name = "project.billing.run.scope"
    _inherit = ["project.billing.guard"]
    _description = "Projects to Bill"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Billed By",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        default=lambda self: self.env.user,
        help="Whose rights count: projects that this person does not manage fail.",
    )
    scope = fields.Selection(
        RUN_SCOPES,
        string="Projects to Bill",
        required=True,
        default="all",
        help="Only projects that you manage are billed, whatever is chosen.",
    )
    # whatever is archived is meant still
    project_ids = fields.Many2many(
        "project.project", string="Projects", ondelete="restrict"
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        ondelete="restrict",
        context={"active_test": False},
    )
    manager_ids = fields.Many2many(
        "res.users",
        string="Managers",
        ondelete="restrict",
        context={"active_test": False},
    )
    tag_ids = fields.Many2many("project.tags", string="Tags", ondelete="restrict")
    submit = fields.Boolean(
        string="Submit at Once",
        help="Requests that are worth an invoice go to their approvers by themselves.",
    )

    def _check_user(self):
        """Refuse to continue for a user who left the company.

        :raises AccessError: naming the person and the remedy
        """
        self.ensure_one()
        user = self.user_id
        if not user.active or self.company_id not in user.company_ids:
            raise AccessError(
                self.env._(
                    "%(user)s, whose rights count here, may not bill %(company)s any "
                    "more. Somebody who may has to make and start another one.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )

    def _scope_domain(self):
        """Return the domain of the projects in scope.

        :returns: a domain on ``project.project``
        """
        self.ensure_one()
        domain = Domain("billing_rule_ids", "any", self._rule_domain()) & Domain(
            "is_template", "=", False
        )
        if self.scope == "partner":
            domain &= Domain("partner_id", "child_of", self.partner_ids.ids) | Domain(
                "billing_partner_id", "child_of", self.partner_ids.ids
            )
        elif self.scope == "manager":
            domain &= Domain("user_id", "in", self.manager_ids.ids)
        elif self.scope == "tag":
            domain &= Domain("tag_ids", "in", self.tag_ids.ids)
        return domain

    def _rule_domain(self):
        return [("company_id", "=", self.company_id.id), ("active", "=", True)]

    def _scope_projects(self):
        """Return the projects to bill, with the rights of :attr:`user_id`.

        Projects that were chosen by name are always among them: a user who may not bill
        one of them any more gets an error instead of a shorter list.
        """
        self.ensure_one()
        if self.scope == "projects":
            # sudo: rights are checked project by project, when it is billed
            return self.sudo().project_ids
        domain = self._scope_domain()
        user = self.user_id
        if not user.has_group(BILLING_MANAGER):
            domain &= Domain("user_id", "=", user.id) | Domain(
                "billing_deputy_ids", "in", user.ids
            )
        projects = self.env["project.project"].with_user(user)
        projects = projects.with_context(allowed_company_ids=self.company_id.ids)
        return projects.search(domain, order="id")
