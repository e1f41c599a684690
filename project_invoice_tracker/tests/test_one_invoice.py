"""One invoice for several projects of a customer, asked for by their managers."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_contract import ContractCommon


@tagged("post_install", "-at_install")
class TestOneInvoice(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.billing_one_invoice = True
        cls.shop = cls._create_project(name="Shop", user_id=cls.other_pm.id)
        cls._create_rule(cls.shop, price_unit=80)

    def _request(self, project, hours, user=None):
        """Log hours and approve the request of the project's manager."""
        self._log(hours, project_id=project.id)
        user = user or project.user_id
        requests = self.env["project.billing.request"].with_user(user)
        request = requests.prepare(project, date(2026, 12, 31))
        request.action_submit()
        request.with_user(self.approver).action_approve()
        return request

    def _lines(self, move):
        """Return what the client reads: headings, and amounts below."""
        lines = move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        return [
            line.name if line.display_type == "line_section" else line.price_subtotal
            for line in lines
        ]

    def _draft(self, request):
        return request.sudo().invoice_id.with_user(self.accountant).sudo(False)

    def _both(self):
        """Return both requests, invoiced one after the other by their managers."""
        first, second = self._request(self.project, 2), self._request(self.shop, 3)
        first.action_create_invoice()
        second.action_create_invoice()
        return first, second

    def test_older_drafts_stay_as_they_are(self):
        """Switched on for the customer later: what was made alone stays alone."""
        self.partner_a.billing_one_invoice = False
        first, second = self._request(self.project, 2), self._request(self.shop, 3)
        first.action_create_invoice()
        self.partner_a.billing_one_invoice = True
        second.action_create_invoice()
        self.assertNotEqual(self._draft(second), self._draft(first))
        self.assertEqual(self._lines(self._draft(first)), [200.0])
        third = self._request(self.project, 1)
        third.action_create_invoice()
        self.assertEqual(self._draft(third), self._draft(second))

    def test_two_managers(self):
        """I2, I16: later requests join the draft; each manager asks for own work."""
        first = self._request(self.project, 2)
        with self.assertRaises(AccessError):
            first.with_user(self.other_pm).action_create_invoice()
        first.action_create_invoice()
        move = self._draft(first)
        self.assertEqual(self._lines(move), [200.0])
        second = self._request(self.shop, 3)
        second.action_create_invoice()
        self.assertEqual(self._draft(second), move)
        self.assertEqual(self._lines(move), ["Website", 200.0, "Shop", 240.0])
        self.assertEqual(move.amount_untaxed, 440)
        self.assertEqual(move.amount_total, 506)
        self.assertEqual(first.amount_total + second.amount_total, 506)
        self.assertEqual(move.invoice_origin, f"{first.name}, {second.name}")
        third = self._request(self.shop, 1)
        third.action_create_invoice()
        self.assertEqual(self._lines(move), ["Website", 200.0, "Shop", 240.0, 80.0])
        fourth = self._request(self.project, 1)
        fourth.action_create_invoice()
        self.assertEqual(
            self._lines(move), ["Website", 200.0, "Shop", 240.0, 80.0, "Website", 100.0]
        )
        with self.assertRaises(AccessError):
            second.with_user(self.pm).read(["amount_total"])
        move.action_post()
        self.assertEqual(move.amount_untaxed, 620)
        self.assertMinutes((0, 0, 180, 0))

    def test_a_touched_draft_is_left_alone(self):
        """What accounting works on, has sent or posted grows no more."""
        for touch in (
            lambda move: move.write({"invoice_date": "2026-03-31"}),
            lambda move: move.action_post(),
            lambda move: (move.action_post(), move.button_draft()),
            lambda move: move.sudo().write({"is_move_sent": True}),
        ):
            first = self._request(self.project, 2)
            first.action_create_invoice()
            move = self._draft(first)
            touch(move)
            second = self._request(self.shop, 3)
            second.action_create_invoice()
            other = self._draft(second)
            self.assertNotEqual(other, move)
            self.assertEqual(self._lines(other), [240.0])
            # for the next round
            (other | move.filtered(lambda m: m.state == "draft")).button_cancel()
            items = (first | second).sudo().line_ids.allocation_ids.item_id
            items.filtered("quantity_open").analytic_line_id.unlink()

    def test_sent_back(self):
        """Both managers get their requests back, their work stays reserved."""
        first, second = self._both()
        move = self._draft(first)
        move.action_billing_send_back("Wrong month")
        self.assertFalse(move.exists())
        self.assertEqual((first | second).sudo().mapped("state"), ["draft", "draft"])
        for request, manager in ((first, self.pm), (second, self.other_pm)):
            self.assertIn(manager.partner_id, request.sudo().message_ids[0].partner_ids)
        self.assertMinutes((0, 120, 0, 0))
        self._approve_of(second).action_create_invoice()
        self._approve_of(first).action_create_invoice()
        self.assertEqual(
            self._lines(self._draft(first)), ["Shop", 240.0, "Website", 200.0]
        )

    def _approve_of(self, request):
        request.action_submit()
        request.with_user(self.approver).action_approve()
        return request

    def test_deleted_and_cancelled(self):
        """I13: all work of both projects is free again."""
        for end in (lambda m: m.unlink(), lambda m: m.button_cancel()):
            first, second = self._both()
            end(self._draft(first))
            self.assertEqual((first | second).sudo().mapped("state"), ["cancelled"] * 2)
            items = (first | second).sudo().line_ids.allocation_ids.item_id
            self.assertEqual(set(items.mapped("state")), {"open"})
            items.sudo().analytic_line_id.unlink()

    def test_credited(self):
        """I13: a credit note of the shared invoice frees both projects' work."""
        first, second = self._both()
        move = self._draft(first)
        move.action_post()
        self._credit(move)
        items = (first | second).sudo().line_ids.allocation_ids.item_id
        self.assertEqual(set(items.mapped("state")), {"open"})

    def test_choice_of_the_project(self):
        """A project may part from the customer's wish, either way."""
        self.shop.billing_one_invoice = "alone"
        first, second = self._both()
        self.assertNotEqual(self._draft(first), self._draft(second))
        self.partner_a.billing_one_invoice = False
        (self.shop | self.project).billing_one_invoice = "together"
        third, fourth = self._both()
        self.assertEqual(self._draft(third), self._draft(fourth))
        # the first draft was the project's own; by now it waits for others
        self.assertEqual(
            self._lines(self._draft(third)), ["Website", 200.0, 200.0, "Shop", 240.0]
        )

    def test_one_per_terms(self):
        """I16: three projects, two currencies, two fiscal positions."""
        position = self.fiscal_pos_a
        euro = self._currency("EUR", 1.25, 0.01)
        foreign = self._create_project(name="Abroad", user_id=self.other_pm.id)
        self._create_rule(foreign, price_unit=50, currency_id=euro.id)
        first, second = self._both()
        third = self._request(foreign, 1)
        third.action_create_invoice()
        self.assertEqual(self._draft(first), self._draft(second))
        self.assertEqual(self._draft(third).currency_id, euro)
        self.partner_a.property_account_position_id = position
        fourth = self._request(self.project, 1)
        fourth.action_create_invoice()
        self.assertNotEqual(self._draft(fourth), self._draft(first))
        self.assertEqual(self._draft(fourth).fiscal_position_id, position)
        fifth = self._request(self.shop, 1)
        fifth.action_create_invoice()
        self.assertEqual(self._draft(fifth), self._draft(fourth))
        for request in (first, third, fourth):
            self._draft(request).action_post()
        moves = self._draft(first | third | fourth)
        self.assertEqual(moves.mapped("amount_untaxed"), [440, 50, 180])

    def test_rounding(self):
        """I2: two requests of 0.12 with 15 % tax; rounded together it is 0.23."""
        rules = (self.project | self.shop).billing_rule_ids
        rules.price_unit = 0.1
        for rounding, total in (("round_per_line", 0.24), ("round_globally", 0.23)):
            with self.subTest(rounding=rounding):
                self.company.tax_calculation_rounding_method = rounding
                first = self._request(self.project, 1)
                second = self._request(self.shop, 1)
                first.action_create_invoice()
                second.action_create_invoice()
                move = self._draft(first)
                self.assertEqual(move, self._draft(second))
                self.assertEqual(
                    (first | second).sudo().mapped("amount_total"), [0.12] * 2
                )
                plain = move.sudo().copy()
                self.assertEqual(move.amount_tax, plain.amount_tax)
                self.assertEqual(move.amount_total, plain.amount_total)
                self.assertEqual(move.amount_total, total)
                move.action_post()

    def test_automatic(self):
        """Invoiced on approval: the second approval joins the first one's draft."""
        self.company.billing_invoice_on_approval = True
        first, second = self._request(self.project, 2), self._request(self.shop, 3)
        self.assertEqual(self._draft(first), self._draft(second))
        self.assertEqual(
            self._lines(self._draft(first)), ["Website", 200.0, "Shop", 240.0]
        )
