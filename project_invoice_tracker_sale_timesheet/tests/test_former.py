"""What an order was paid for stays billed by it, whatever was taken off it (I1, I3)."""

from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.project_invoice_tracker.exceptions import (
    BillingError,
    NothingToBill,
    SourceClosed,
)

from .sale_common import SaleBillingCommon


class FormerCommon(SaleBillingCommon):
    """Orders whose items are taken off after they were invoiced."""

    def _sell(self, hours, product=None, quantity=None, parts=None):
        """Return an order item, and entries on it that it was invoiced for."""
        item = self._create_order(product, quantity or hours)
        entries = self.env["account.analytic.line"]
        for number, part in enumerate(parts or [hours]):
            entries |= self._log(
                part,
                day=date(2026, 3, 2 + number),
                so_line=item.id,
                is_so_line_edited=True,
            )
        move = item.order_id._create_invoices()
        move.action_post()
        return item, entries, move

    def _take_off(self, entries):
        entries.write({"so_line": False, "is_so_line_edited": True})
        self._end()

    def _take_off_linked(self, entries):
        """Take entries off that an invoice is linked to, which Odoo refuses by now."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET so_line = NULL,"
                " is_so_line_edited = TRUE WHERE id IN %s",
                tuple(entries.ids),
            )
        )
        self.env.invalidate_all()
        entries.modified(["so_line"])
        entries._billing_sync()
        self._end()

    def _refund(self, move, quantity=None):
        """Credit an invoice of an order, in part if a quantity is given."""
        credit = move._reverse_moves([{"invoice_date": date(2026, 3, 31)}])
        if quantity:
            credit.invoice_line_ids.quantity = quantity
        credit.action_post()
        self._end()
        return credit

    def _leaks(self, *codes):
        self._end()
        return self.env["project.billing.leak"].search(
            [("project_id", "=", self.project.id), ("code", "in", codes)]
        )

    def assertNothing(self):
        with self.assertRaises(NothingToBill):
            self._prepare()


@tagged("post_install", "-at_install")
class TestFormerTime(FormerCommon):
    def test_paid_pack_is_not_billed_again(self):
        """Fifteen hours of a paid pack are no 1,500 to bill."""
        _item, entries, _move = self._sell(15, self.sold_fixed, parts=[8, 7])
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 0)
        self.assertNothing()
        self.assertFalse(self._leaks("outside", "order_part"))

    def test_work_beyond_a_paid_pack_is_ours(self):
        """Of 15 hours on a paid pack of 10, the first 10 are paid."""
        _item, entries, _move = self._sell(
            15, self.sold_fixed, quantity=10, parts=[6, 4, 5]
        )
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 5)
        self.assertEqual(self._prepare().amount_untaxed, 500)

    def test_pack_used_on_gives_back_nothing(self):
        """What the pack is used for later is not paid for what left it."""
        item, entries, _move = self._sell(8, self.sold_fixed, quantity=10, parts=[5, 3])
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 0)
        self._log(5, so_line=item.id, is_so_line_edited=True)
        self.assertEqual(self._hours(entries), 3)

    def test_fixed_price_in_units(self):
        """A fixed price sold as one unit includes all that it had."""
        unit = self.env.ref("uom.product_uom_unit")
        self.sold_fixed.uom_id = unit
        _item, entries, move = self._sell(8, self.sold_fixed, quantity=1)
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 0)
        self._refund(move)
        self.assertEqual(self._hours(entries), 8)

    def test_before_it_was_invoiced(self):
        """An order item taken off before any invoice was a mistake: it is ours."""
        item = self._create_order(self.sold_fixed, 15)
        entry = self._log(8, so_line=item.id, is_so_line_edited=True)
        self._take_off(entry)
        self.assertEqual(self._hours(entry), 8)
        item.order_id._create_invoices().action_post()
        self.assertEqual(self._hours(entry), 8)

    def test_partly_credited(self):
        """720 of work: 450 stay paid to the order, 270 are open, none of it twice."""
        item, entries, move = self._sell(8, parts=[5, 3])
        self._refund(move, 3)
        self.assertFalse(entries.timesheet_invoice_id)
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 3)
        self.assertEqual(self._prepare().amount_untaxed, 300)
        self.assertEqual(item.qty_invoiced, 5)

    def test_partly_credited_entry_is_a_leak(self):
        """One entry of 8 hours, 3 of them credited: said, not billed twice."""
        item, entry, move = self._sell(8)
        self._refund(move, 3)
        self._take_off(entry)
        self.assertEqual(self._hours(entry), 0)
        leak = self._leaks("order_part")
        self.assertEqual((leak.hours, leak.amount, leak.records), (3, 270, 1))
        self.assertIn(item.order_id.name, leak.name)
        leak.with_user(self.pm).action_fix()
        self._end()
        self.assertEqual(entry.so_line, item)
        self.assertEqual(item.qty_to_invoice, 3)
        self.assertFalse(self._leaks("order_part"))

    def test_credit_note_reversed(self):
        """Credited, taken off, and the credit note taken back: paid again."""
        item, entries, move = self._sell(8, parts=[5, 3])
        credit = self._refund(move)
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 8)
        credit.button_draft()
        self._end()
        self.assertEqual(self._hours(entries), 0)
        self.assertEqual(item.qty_invoiced, 8 - 8)  # Odoo counts drafts
        credit.button_cancel()
        self._end()
        self.assertEqual(item.qty_invoiced, 8)
        self.assertEqual(self._hours(entries), 0)

    def test_credit_note_reversed_by_an_invoice(self):
        _item, entries, move = self._sell(8)
        credit = self._refund(move)
        self._take_off(entries)
        self.assertEqual(self._hours(entries), 8)
        again = credit._reverse_moves([{"invoice_date": date(2026, 3, 31)}])
        again.action_post()
        self.assertEqual(self._hours(entries), 0)

    def test_credit_note_of_what_we_billed_stays(self):
        """The credit note cannot be undone while a request has the work."""
        _item, entries, move = self._sell(8)
        credit = self._refund(move)
        self._take_off(entries)
        request = self._prepare()
        with (
            self.assertRaisesRegex(SourceClosed, request.name),
            self.env.cr.savepoint(),
        ):
            credit.button_draft()
        request.action_cancel()
        credit.button_draft()
        self.assertEqual(self._hours(entries), 0)

    def test_invoice_restored_while_we_bill(self):
        """A cancelled invoice of a pack comes back only if its time is free."""
        _item, entries, move = self._sell(8, self.sold_fixed)
        move.button_draft()
        move.button_cancel()
        self._take_off(entries)
        request = self._prepare()
        with self.assertRaisesRegex(SourceClosed, request.name):
            move.button_draft()

    def test_deleted_draft_frees_its_time(self):
        """Ten hours on a draft of the order, taken off, and the draft deleted."""
        item = self._create_order(quantity=10)
        entry = self._log(10, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        self._take_off_linked(entry)
        self.assertEqual(self._hours(entry), 0)
        move.unlink()
        self.assertEqual(self._hours(entry), 10)

    def test_deleted_draft_of_a_task_that_left(self):
        """Its time is the order's while it is invoiced, and follows the task then."""
        item = self._create_order(quantity=10)
        self.task.sale_line_id = item
        entry = self._log(10, task_id=self.task.id)
        move = item.order_id._create_invoices()
        self.task.sale_line_id = False
        self._end()
        self.assertOneBiller(entry, "order")
        move.unlink()
        self._end()
        self.assertFalse(entry.so_line)
        self.assertOneBiller(entry, "ours")

    def test_credited_order_frees_its_time(self):
        """Fourteen hours taken off an order, which credits its invoice later."""
        _item, entries, move = self._sell(14, parts=[8, 6])
        self._take_off_linked(entries)
        self.assertEqual(self._hours(entries), 0)
        self._refund(move)
        self.assertEqual(self._hours(entries), 14)
        self.assertFalse(entries.timesheet_invoice_id)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 1400)
        self.assertTrue(all(entries.mapped("billing_held")))

    def test_moved_to_another_order(self):
        """What another order has by now is that order's."""
        _item, entry, _move = self._sell(8, self.sold_fixed)
        other = self._create_order()
        entry.write({"so_line": other.id, "is_so_line_edited": True})
        self.assertOneBiller(entry, "order")
        self._take_off(entry)
        self.assertEqual(self._hours(entry), 0)

    def test_back_and_off_again(self):
        item, entry, move = self._sell(8, self.sold_fixed)
        self._take_off(entry)
        entry.write({"so_line": item.id, "is_so_line_edited": True})
        self._end()
        self._take_off(entry)
        self.assertEqual(self._hours(entry), 0)
        self._refund(move)
        self.assertEqual(self._hours(entry), 8)

    def test_removed_order_item(self):
        """An order item that is deleted takes what it remembered along."""
        item = self._create_order(confirm=False)
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        self._take_off(entry)
        item.order_id.action_cancel()
        item.order_id.unlink()
        self.assertEqual(self._hours(entry), 3)

    def test_invoiced_order_is_not_removed(self):
        """With a paid pack would go the proof that its 15 hours are paid for."""
        item, entries, move = self._sell(15, self.sold_fixed)
        order = item.order_id
        self._take_off(entries)
        order._action_cancel()
        self.assertEqual(self._hours(entries), 0)
        with self.assertRaisesRegex(BillingError, order.name):
            order.unlink()
        order.action_draft()
        for records in (order, item):
            with (
                self.assertRaisesRegex(BillingError, "Credit"),
                self.env.cr.savepoint(),
            ):
                records.unlink()
        self.assertNothing()
        self._refund(move)
        order.unlink()
        self.assertEqual(self._hours(entries), 15)

    def test_invoiced_order_of_standing_work_is_not_removed(self):
        """Nor while its hours are still on it."""
        item, entries, _move = self._sell(15, self.sold_fixed)
        item.order_id._action_cancel()
        with (
            self.assertRaisesRegex(BillingError, item.order_id.name),
            self.env.cr.savepoint(),
        ):
            item.order_id.unlink()
        self.assertEqual(self._hours(entries), 0)

    def test_removed_order(self):
        """What was on an order that is deleted is ours at once."""
        item = self._create_order()
        entry = self._log(3.0, so_line=item.id, is_so_line_edited=True)
        self.assertEqual(self._hours(entry), 0)
        item.order_id._action_cancel()
        item.order_id.unlink()
        self.assertEqual(self._hours(entry), 3)

    def test_said_where_it_is_asked(self):
        """Who paid for it stands on the entry and on the project."""
        item, entry, _move = self._sell(15, self.sold_fixed)
        self._take_off(entry)
        self.assertIn(item.order_id.name, entry.billing_biller)
        self.assertEqual(
            self.project.with_user(self.pm).billing_by_orders,
            f"15:00 hours are billed by sales order {item.order_id.name}.",
        )


@tagged("post_install", "-at_install")
class TestFormerMilestones(FormerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.unlink()
        cls.rule = cls._create_rule(
            kind="milestone", contract_amount=10_000.0, price_unit=0.0
        )
        cls.sold = cls._create_order(cls.sold_milestones, 10.0)
        cls.first, cls.second = cls._create_milestones(50, 50)
        (cls.first | cls.second).write({"sale_line_id": cls.sold.id})
        (cls.first | cls.second).write({"quantity_percentage": 0.5})

    def _items(self, milestone):
        self._end()
        return self.env["project.billing.item"].search(
            [("milestone_id", "=", milestone.id)]
        )

    def test_invoiced_milestone_is_not_billed_again(self):
        """5,000 that the order invoiced are no 5,000 to bill here."""
        self.first.is_reached = True
        move = self.sold.order_id._create_invoices()
        move.action_post()
        (self.first | self.second).sale_line_id = False
        self.assertFalse(self._items(self.first))
        self.assertEqual(self._items(self.second).amount, 5000)
        self._refund(move)
        self.assertEqual(self._items(self.first).amount, 5000)

    def test_deleted_draft_frees_the_milestone(self):
        self.first.is_reached = True
        move = self.sold.order_id._create_invoices()
        self.first.sale_line_id = False
        self.assertFalse(self._items(self.first))
        move.unlink()
        self.assertEqual(self._items(self.first).amount, 5000)

    def test_credit_note_of_a_billed_milestone_stays(self):
        self.first.is_reached = True
        move = self.sold.order_id._create_invoices()
        move.action_post()
        credit = self._refund(move)
        self.first.sale_line_id = False
        self._end()
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 5000)
        with self.assertRaisesRegex(SourceClosed, request.name):
            credit.button_draft()

    def test_milestone_of_a_cancelled_order_is_a_leak(self):
        """On an order that is cancelled nobody bills it; the button gives it to us."""
        self.first.is_reached = True
        self.sold.order_id.action_cancel()
        leak = self._leaks("order_milestone")
        self.assertEqual(leak.milestone_id, self.first)
        leak.with_user(self.pm).action_fix()
        self.assertEqual(self._items(self.first).amount, 5000)
        self.assertFalse(self._leaks("order_milestone"))

    def test_reached_milestone_of_an_order_is_no_leak(self):
        """The order has a price for it; ours is none (no false leak)."""
        self.rule.contract_amount = 0
        self.first.is_reached = True
        self.assertFalse(self._leaks("unpriced", "order_milestone"))
