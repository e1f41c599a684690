"""What a client's pages are made of: whose it is, and that sums are of it alone."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..exceptions import BillingError
from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestPortalScope(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rival = cls.env["res.partner"].create(
            {"name": "Rival", "is_company": True, "email": "r@rival.example"}
        )
        cls.stranger = cls._create_client("stranger_test", cls.rival)

    def _projects(self, user=None):
        """Return the projects that a client finds, and nobody else's."""
        self.env.flush_all()
        self.env.invalidate_all()
        projects = self.env["project.project"]
        return projects._billing_portal_projects(user or self.client_user)

    def _card(self, user=None, project=None):
        """Return what the list says of a project."""
        (card,) = (
            (project or self.project)
            .sudo()
            ._billing_portal_cards(user or self.client_user)
        )
        return card

    def _page(self, user=None, project=None):
        """Return what the page says of a project."""
        self.env.flush_all()
        self.env.invalidate_all()
        project = (project or self.project).sudo()
        return project._billing_portal_page(user or self.client_user)

    # === WHOSE ===

    def test_whose(self):
        """I5: own projects that are billed, in companies that the client may see."""
        other = self.setup_other_company()["company"]
        self.env.user.company_ids |= other
        values = {"partner_id": self.customer.id, "user_id": False}
        self._create_project(name="Never billed", **values)
        template = self._create_project(name="Template", is_template=True, **values)
        self._contract(10, project=template)
        abroad = self._create_project(name="Abroad", company_id=other.id, **values)
        env = self.env(context={"allowed_company_ids": other.ids})
        env["project.billing.rule"].create(
            {
                "project_id": abroad.id,
                "kind": "time",
                "product_id": self.service.id,
                "price_unit": 100,
            }
        )
        self.assertEqual(self._projects(), self.project)
        self.client_user.company_ids |= other
        self.assertEqual(self._projects(), abroad | self.project)
        self.pm.partner_id.parent_id = self.customer
        self.assertFalse(self._projects(self.pm), "a colleague is no client")

    def test_billed_to_somebody_else(self):
        """I5: an invoice shows the project to its customer only, once it is posted."""
        self.first.with_user(self.pm).action_billing_sign_off("Carla", "2026-03-05")
        move = self._invoice()
        self.project.partner_id = self.rival
        self.assertFalse(self._projects(), "a draft was sent to nobody")
        self.assertEqual(self._projects(self.stranger), self.project)
        move.action_post()
        self.assertEqual(self._projects(), self.project)
        self.project.partner_id = False
        self.assertFalse(self._projects(self.stranger), "it was not invoiced to them")

    def test_invoices_of_another_company(self):
        """I5: what a client may not see of a company is in no sum and no list."""
        self._log(1)
        move = self._post()
        self.assertEqual(len(self._card()["money"]), 1)
        self.assertEqual(self._page()["invoices"][0]["name"], move.name)
        other = self.setup_other_company()["company"]
        user = self.client_user
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertEqual(self._card()["money"], [])
        self.assertEqual(self._page()["invoices"], [])

    # === SIGN-OFFS ===

    def test_waiting(self):
        """Only what the client may decide now waits; and not for who paid once."""
        self.assertEqual(self._card()["waiting"], 0)
        self._ask()
        self.assertEqual(self._card()["waiting"], 1)
        self.assertEqual(self._card(self.stranger)["waiting"], 0)
        self._decide("question", reason="Which one?")
        self.assertEqual(self._card()["waiting"], 1)
        self._decide("refused", reason="No")
        self.assertEqual(self._card()["waiting"], 0)
        self._ask()
        self._decide()
        self.assertEqual(self._card()["waiting"], 0)

    def test_milestones(self):
        """Those that are billed, in their order; internal ones and prices are ours."""
        self.env["project.milestone"].create(
            {"name": "Rehearsal", "project_id": self.project.id, "sequence": 0}
        )
        names = [row["name"] for row in self._page()["milestones"]]
        self.assertEqual(names, ["Design", "Build"])
        self.second.sequence = 0
        rows = self._page()["milestones"]
        self.assertEqual(
            [(row["name"], row["state"], row["price"]) for row in rows],
            [
                ("Build", "Planned", "$\xa06,000.00"),
                ("Design", "Delivered", "$\xa04,000.00"),
            ],
        )
        self.assertFalse(any(row["waits"] or row["has_page"] for row in rows))
        self.contract.portal_prices = False
        self.assertFalse(any(row["price"] for row in self._page()["milestones"]))
        self._ask()
        self._decide("part", percent="12.5")
        row = self._page()["milestones"][1]
        self.assertEqual((row["state"], row["percent"]), ("Accepted in part", "12.5"))
        self.assertEqual((row["waits"], row["has_page"]), (False, True))

    # === MONEY ===

    def test_sums_of_one_project(self):
        """Each project has its own money and invoices; nothing is late before."""
        other = self._create_project(name="Shop", partner_id=self.customer.id)
        self._create_rule(other)
        self._log(1)
        self._log(3, project_id=other.id)
        moves = []
        for project in (self.project, other):
            with freeze_time("2026-03-05"):
                move = self._invoice(self._prepare(project))
                move.invoice_payment_term_id = False
                move.invoice_date_due = date(2026, 3, 10)
                move.action_post()
            moves.append(move)
        mine, move = moves
        with freeze_time("2026-03-10"):
            (own,), (late,) = self._card()["money"], self._card(project=other)["money"]
            self.assertEqual(own["billed"], "$\xa0115.00")
            self.assertEqual(
                (late["billed"], late["paid"], late["outstanding"], late["is_open"]),
                ("$\xa0345.00", "$\xa00.00", "$\xa0345.00", True),
            )
            self.assertFalse(own["overdue"] or late["overdue"], "due is not late")
            (row,) = self._page(project=other)["invoices"]
            self.assertEqual((row["name"], row["state"]), (move.name, "To pay"))
            self.assertEqual(
                [row["name"] for row in self._page()["invoices"]], [mine.name]
            )
        with freeze_time("2026-03-11"):
            (late,) = self._card(project=other)["money"]
            self.assertEqual(late["overdue"], "$\xa0345.00")
            (row,) = self._page(project=other)["invoices"]
            self.assertEqual((row["state"], row["payable"]), ("Overdue", True))

    def test_states_of_invoices(self):
        """Paid in part, paid and credited are said; a credit note is not payable."""
        self._log(2)
        move = self._post().sudo()
        self.assertTrue(self._page()["invoices"][0]["payable"])
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        register.create({"amount": 30}).action_create_payments()
        (row,) = self._page()["invoices"]
        self.assertEqual(
            (row["state"], row["outstanding"]), ("Partly paid", "$\xa0200.00")
        )
        (money,) = self._card()["money"]
        self.assertEqual(
            (money["paid"], money["outstanding"]), ("$\xa030.00", "$\xa0200.00")
        )
        register.create({"amount": 200}).action_create_payments()
        self.assertEqual(self._page()["invoices"][0]["state"], "Paid")
        self.assertFalse(self._card()["money"][0]["is_open"])
        self._log(1)
        note = self._credit(self._post())
        row = next(r for r in self._page()["invoices"] if r["name"] == note.name)
        self.assertEqual((row["state"], row["payable"]), ("Credit note", False))

    def test_unbilled(self):
        """Ready and requested work, to who pays only, and where it is switched on."""
        self.contract.unlink()
        self._log(2)
        self._prepare()
        self._log(1)
        self.assertFalse(self._page()["unbilled"])
        self.project.billing_portal_unbilled = True
        self.assertEqual(self._page()["unbilled"], "$\xa0300.00")
        self.project.billing_partner_id = self.rival
        self.assertFalse(self._page()["unbilled"])
        self.assertEqual(self._page(self.stranger)["unbilled"], "$\xa0300.00")

    def test_terms_of_who_pays(self):
        """I5: contract, orders and hours of the payer are not those of the customer."""
        self.rule.cap_ids = [
            Command.create({"name": "PO 77", "limit_amount": 9000, "is_order": True})
        ]
        page = self._page()
        self.assertTrue(page["contract"] and page["orders"])
        self.project.billing_partner_id = self.rival
        page = self._page()
        self.assertEqual((page["contract"], page["orders"]), ([], []))
        self.assertEqual(page["balances"], [])
        self.assertTrue(page["milestones"])
        self.assertFalse(any(row["price"] for row in page["milestones"]))

    # === PAYING ===

    def _payable(self, user=None, ids=None):
        moves = self.env["account.move"]
        return moves._billing_portal_payable(user or self.client_user, ids)

    def _foreign(self, company, **values):
        """Return an invoice of another company to the same customer."""
        env = self.env(context={"allowed_company_ids": company.ids})
        line = {"name": "x", "price_unit": 50, "tax_ids": []}
        values = {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": "2026-03-05",
            "invoice_line_ids": [Command.create(line)],
            **values,
        }
        move = env["account.move"].create(values)
        move.action_post()
        return move.with_env(self.env)

    def test_payable(self):
        """I5: posted, open, own invoices of companies that the client may see."""
        self._log(2)
        move = self._post()
        self._log(1)
        draft = self._invoice()
        other = self.setup_other_company()["company"]
        foreign = self._foreign(other)
        refund = self._foreign(self.company, move_type="out_refund")
        every = (move | draft | foreign | refund).sudo()
        self.assertEqual(self._payable(), move)
        self.assertEqual(self._payable(ids=every.ids), move)
        self.assertFalse(self._payable(ids=foreign.ids))
        self.assertFalse(self._payable(self.stranger))
        self.pm.partner_id.parent_id = self.customer
        self.assertFalse(self._payable(self.pm), "a colleague is no client")
        self.client_user.company_ids |= other
        both = self._payable()
        self.assertEqual(both, move | foreign)
        with self.assertRaisesRegex(BillingError, "of several"):
            both._billing_check_payable_together()
        same = self._foreign(other, currency_id=move.currency_id.id)
        with self.assertRaisesRegex(BillingError, "companies"):
            (move | same)._billing_check_payable_together()
        move._billing_check_payable_together()

    def test_payable_rows(self):
        """Late is what was due before today; the oldest comes first."""
        moves = self.env["account.move"]
        for day in (9, 5):
            due = date(2026, 3, day)
            move = self._foreign(
                self.company, invoice_payment_term_id=False, invoice_date_due=due
            )
            moves = move | moves
        with freeze_time("2026-03-09"):
            payable = self._payable()
            self.assertEqual(payable.ids, moves.ids)
            late = [row["late"] for row in payable._billing_portal_rows()]
            self.assertEqual(late, [True, False])
