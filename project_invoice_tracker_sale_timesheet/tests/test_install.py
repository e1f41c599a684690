"""Installed where both billers are at work already, and removed again."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from .. import hooks
from ..hooks import post_init_hook, uninstall_hook
from ..models.claim_sql import FUNCTIONS
from .sale_common import SaleBillingCommon


@tagged("post_install", "-at_install")
class TestInstall(SaleBillingCommon):
    """What both did before stays as it is, and is said (I1)."""

    def _past(self, entries, so_line=None, move=None):
        """Let entries be as a database without this add-on has them."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET billing_held = NULL WHERE id IN %s",
                tuple(entries.ids),
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE account_analytic_line SET so_line = %s,"
                " timesheet_invoice_id = %s WHERE id IN %s",
                so_line and so_line.id,
                move and move.id,
                tuple(entries.ids),
            )
        )
        self.env.invalidate_all()
        if so_line:
            entries.modified(["so_line"])
            self.env.flush_all()

    def test_work_of_requests_and_orders(self):
        """What a request holds leaves the order; what is open leaves us."""
        held, item = self._log(3.0), self._create_order()
        request = self._prepare()
        loose = self._log(2.0)
        self._past(held | loose, item)
        self.assertEqual(item.qty_delivered, 5.0)
        with patch.object(hooks, "_logger") as logger:
            post_init_hook(self.env)
        logger.info.assert_not_called()
        self._end()
        self.assertTrue(held.billing_held)
        self.assertEqual(item.qty_delivered, 2.0)
        self.assertEqual(self._minutes(), (0, 180, 0, 0))
        # released, it is the order's, whose item it has
        request.action_cancel()
        self.assertOneBiller(held, "order")
        self.assertEqual(item.qty_delivered, 5.0)

    def test_both_have_billed(self):
        """No document changes; the log names the order, and a credit mends it."""
        entry, item = self._log(3.0), self._create_order()
        ours = self._post()
        self._log(3.0, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        self._past(entry, item, move)
        with patch.object(hooks, "_logger") as logger:
            post_init_hook(self.env)
        (_sentence, *names), _options = logger.info.call_args
        self.assertEqual(names, [self.project.name, 1, item.order_id.name])
        self._end()
        self.assertFalse(entry.billing_held, "the order's invoice stands")
        self.assertEqual(self._minutes(entry), (0, 0, 180, 0))
        self._credit(ours)
        self._sync()
        self.assertOneBiller(entry, "order")

    def test_order_gives_up_its_half(self):
        """The order's invoice is deleted: what we billed is ours alone."""
        entry, item = self._log(3.0), self._create_order()
        self._post()
        self._log(3.0, so_line=item.id, is_so_line_edited=True)
        move = item.order_id._create_invoices()
        self._past(entry, item, move)
        post_init_hook(self.env)
        move.unlink()
        self._end()
        self.assertTrue(entry.billing_held)
        self.assertEqual(item.qty_delivered, 3.0, "of the other entry only")

    def test_credited_and_replaced(self):
        """What both had is ours until it is released: a replacement keeps it (I3)."""
        entry, item = self._log(3.0), self._create_order()
        move = self._post()
        self._past(entry, item)
        post_init_hook(self.env)
        self._credit(move, modify=True)
        self._end()
        self.assertTrue(entry.billing_held)
        self.assertEqual(self._minutes(entry), (0, 180, 0, 0))
        self.assertEqual(item.qty_delivered, 0.0)

    def test_removed(self):
        """Nothing stays in PostgreSQL that would stand in the way."""
        uninstall_hook(self.env)
        found = self.env.execute_query(
            SQL("SELECT proname FROM pg_proc WHERE proname IN %s", FUNCTIONS)
        )
        self.assertFalse(found)

    def _sync(self):
        self.env["project.billing.kind.time"].sudo()._sync_stale(self.project)
