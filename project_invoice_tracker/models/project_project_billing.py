"""Billing a project: who may, whether it can be, and the buttons for it."""

from odoo import models
from odoo.exceptions import AccessError

from ..const import BILLING_MANAGER, KINDS
from ..exceptions import BillingError


class ProjectProject(models.Model):
    """Checks of who may bill a project, and the actions of its billing buttons."""

    _inherit = "project.project"

    # === ACTIONS ===

    def action_bill(self):
        """Collect all that is ready up to today in these projects, and open it.

        :returns: the action that shows the draft request (or requests)
        :raises AccessError: when the user does not manage one of the projects
        :raises NothingToBill: when nothing is ready
        """
        requests = self.env["project.billing.request"].prepare(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_request_action"
        )
        if len(requests) == 1:
            return {**action, "views": [(False, "form")], "res_id": requests.id}
        return {**action, "domain": [("id", "in", requests.ids)]}

    def action_billing_open_project(self):
        """Open the form of this project, from its card on the board."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "project.project",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_billing_open_items(self):
        """Open the items of this project."""
        return self._billing_open("project_billing_item_action")

    def action_billing_open_requests(self):
        """Open the requests of this project."""
        return self._billing_open("project_billing_request_action")

    def action_billing_open_rules(self):
        """Open the billing rules of this project."""
        return self._billing_open("project_billing_rule_action")

    def action_billing_set_up(self):
        """Open the window that asks how this project is billed, and makes the rules.

        :returns: the action of the window
        """
        self.ensure_one()
        self.check_access("read")
        self.env["project.billing.rule"].check_access("create")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_setup_action"
        )
        action["context"] = {"default_project_id": self.id}
        return action

    def _billing_open(self, action):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"project_invoice_tracker.{action}"
        )
        action["domain"] = [("project_id", "=", self.id)]
        action["context"] = {"default_project_id": self.id}
        return action

    # === RIGHTS ===

    def _billing_is_manager(self):
        """Tell whether the user may bill this project: its manager or a deputy, today.

        Holders of "Configure billing" may bill every project they can see.
        """
        self.ensure_one()
        user = self.env.user
        if user.has_group(BILLING_MANAGER):
            return True
        if not user.has_group("project_invoice_tracker.group_billing_user"):
            return False
        # sudo: the manager of a project that the user may not follow any more
        project_sudo = self.sudo()
        return user in project_sudo.user_id | project_sudo.billing_deputy_ids

    def _billing_check_manager(self):
        """Refuse projects that the user does not manage.

        :raises AccessError: naming no project that the user may not see
        """
        for project in self:
            # sudo: companies of a project named by its id
            project_sudo = project.sudo()
            companies = (
                project_sudo.company_id | project_sudo.billing_rule_ids.company_id
            )
            if not project._billing_is_manager() or companies - self.env.companies:
                raise AccessError(
                    self.env._(
                        "You can only bill projects that you manage. Ask a project "
                        "administrator to make you its manager."
                    )
                )

    def _billing_manages(self):
        """Tell whether the user manages this project, or may bill it."""
        self.ensure_one()
        # sudo: the manager of a project that the user may not follow any more
        return self.env.user == self.sudo().user_id or self._billing_is_manager()

    def _billing_check_moves(self, others):
        """Refuse to move work with open items from these projects to others.

        Whoever moves it decides who pays for it, and how much.

        :param others: the projects that it goes to
        :raises AccessError: saying who may
        """
        if self.env.su:
            return
        for project in self | others:
            if not project._billing_manages():
                raise AccessError(
                    self.env._(
                        "This work is to be billed. It is moved to another project "
                        "only by somebody who manages both projects; ask one of "
                        "them, or delete your own time and log it there."
                    )
                )

    def _billing_customer(self):
        """Return who gets the invoices of this project."""
        self.ensure_one()
        return self.billing_partner_id or self.partner_id

    def _billing_customers(self):
        """Return the partners whose rates apply to this project."""
        self.ensure_one()
        customers = self._billing_customer() | self.partner_id
        return customers | customers.commercial_partner_id

    def _billing_check_billable(self):
        """Refuse a project that cannot be billed as it is, with the remedy.

        :raises BillingError: naming the project and what to set
        """
        self.ensure_one()
        project = self.sudo()  # sudo: the caller checked that the user manages it
        if not project.active or project.is_template:
            raise BillingError(
                self.env._(
                    "%s is archived or a template and cannot be billed.", project.name
                )
            )
        if not project.billing_rule_ids:
            raise BillingError(
                self.env._(
                    "%s has no billing rule. Ask somebody who configures billing to "
                    "add one on its Billing tab.",
                    project.name,
                )
            )
        customer = project._billing_customer()
        if not customer:
            raise BillingError(
                self.env._(
                    "Project %s has no customer. Set one to bill it.", project.name
                )
            )
        if not customer.active:
            raise BillingError(
                self.env._(
                    "%(customer)s, the customer of %(project)s, is archived.",
                    customer=customer.name,
                    project=project.name,
                )
            )

    # === ITEMS ===

    def _billing_sync_items(self, kinds=None):
        """Bring all items of these projects in line with their rules and sources.

        :param kinds: only those of these kinds, by default of all
        """
        # sudo: items follow their sources, whoever changes them
        projects_sudo, rules = self.sudo(), self.env["project.billing.rule"]
        for kind in kinds or dict(KINDS):
            # a project without a rule of this kind costs no query
            billed = rules._billed_project_ids(kind)
            concerned = projects_sudo.filtered(lambda p, ids=billed: p.id in ids)
            if concerned:
                # sudo: as above
                self.env["project.billing.kind"]._get(kind).sudo()._sync_items(
                    concerned
                )
