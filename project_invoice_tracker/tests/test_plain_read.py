"""No field of ours makes a plain read of a record of Odoo fail."""

from odoo.tests import tagged

from .approval_common import ApprovalCommon

#: Roles that people have beside ours, or instead of them.
ROLES = (
    "base.group_user",
    "project.group_project_manager",
    "hr_timesheet.group_timesheet_manager",
    "account.group_account_readonly",
    "account.group_account_invoice",
    "base.group_partner_manager",
    "project_invoice_tracker.group_billing_user",
    "project_invoice_tracker.group_billing_approver",
    "project_invoice_tracker.group_billing_manager",
)


@tagged("post_install", "-at_install")
class TestPlainRead(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_rule(kind="milestone", price_unit=0, contract_amount=1000)
        cls.milestone = cls._create_milestones(40, is_reached=True)
        cls.project.privacy_visibility = "employees"
        cls.entry = cls._log(2)
        cls.task = cls.env["project.task"].create(
            {"name": "Hardening", "project_id": cls.project.id}
        )
        cls.roles = [
            cls._create_user(f"plain_{role.replace('.', '_')}", role) for role in ROLES
        ]

    def _hosts(self):
        """Return the models of Odoo with fields of ours, and those names."""
        found = {}
        for model in self.env.registry.values():
            if model._abstract or model._name.startswith("project.billing."):
                continue
            ours = [
                name
                for name, field in model._fields.items()
                if name.startswith("billing_")
                or str(field._module).startswith("project_invoice_tracker")
            ]
            if ours:
                found[model._name] = ours
        return found

    def test_plain_reads(self):
        """Whoever may read a record may read all of ours that `read` would choose."""
        move = self._post()
        hosts = self._hosts()
        for name in ("project.milestone", "project.project", "account.move"):
            self.assertIn(name, hosts)
        checked = set()
        for name, ours in hosts.items():
            model = self.env[name]
            if model._transient or not model._auto:
                continue
            records = model.search([], limit=1, order="id desc")
            if name == "account.move":
                records = move.sudo()
            if name == "project.milestone":
                records = self.milestone
            for user in [*self.roles, self.accountant]:
                for record in records.with_user(user):
                    if not record.has_access("read"):
                        continue
                    names = [
                        field
                        for field in ours
                        if record._has_field_access(record._fields[field], "read")
                    ]
                    if not names:
                        continue
                    record.invalidate_recordset()
                    with self.subTest(model=name, user=user.login):
                        self.assertTrue(record.read(names))
                        checked.add(name)
        self.assertGreater(len(checked), 6)
        self.assertIn("project.milestone", checked)

    def test_accountant_reads_a_milestone(self):
        """Without names of fields, as anybody's script does."""
        readers = [
            user
            for user in (self.accountant, *self.roles)
            if self.milestone.with_user(user).has_access("read")
        ]
        self.assertIn(self.accountant, readers)
        for user in readers:
            with self.subTest(user.login):
                self.milestone.invalidate_recordset()
                self.assertTrue(self.milestone.with_user(user).read())
