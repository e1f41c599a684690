"""The ledger under steps in any order, against a model and raw SQL (I1, I12 to I15)."""

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon

from ..machines import run_machine
from .ledger_machine import LedgerMachine


@tagged("post_install", "-at_install")
class TestLedgerMachine(BillingCommon):
    def test_any_order(self):
        """I1, I2, I12, I13, I14, I15, I22, I30, I31 after every step."""
        run_machine(LedgerMachine, examples=30, steps=25, case=self)
