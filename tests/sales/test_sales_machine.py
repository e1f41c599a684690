"""Requests and sales orders under steps in any order, against raw SQL (I1, I3)."""

import logging

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon
from odoo.addons.project_invoice_tracker_expense.tests.test_expense import (
    ExpenseCommon,
)
from odoo.addons.project_invoice_tracker_sale_timesheet.tests.sale_common import (
    SaleBillingCommon,
)

from ..machines import run_machine
from .handover_machine import HandoverMachine
from .order_machine import OrderMachine
from .sales_machine import SalesMachine
from .sales_steps import REFUSED, TAKEN
from .work_machine import WorkMachine

_logger = logging.getLogger(__name__)


class MachineCommon(CostCommon, SaleBillingCommon):
    """What the machines run on, and how."""

    bought = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sold_first = cls.sold_time
        cls.sold_second = cls.sold_time | cls.sold_fixed

    def test_handed_over(self):
        """I1, I3: a project that changes its biller, on any day and as often."""
        self.bought = self.hosting
        self._run(HandoverMachine)

    def _buy(self, price, day):
        """Post a bill on the project, of whichever policy the product has."""
        return self._create_bill(
            price,
            share=100,
            product_id=self.bought.id,
            taxes=self.env["account.tax"],
            invoice_date=day,
            date=day,
        )

    def _run(self, base):
        run_machine(base, examples=8, steps=20, case=self)
        for name, times in (*TAKEN.most_common(), *REFUSED.most_common()):
            _logger.info("%s x %s", times, name)


@tagged("post_install", "-at_install")
class TestSalesMachine(MachineCommon):
    def test_any_order(self):
        """I1, I3, I30 after every step of either biller."""
        self._run(SalesMachine)

    def test_what_orders_had(self):
        """I1, I3: whatever makes Odoo forget what an order had, and costs as well."""
        self.bought = self.hosting
        self._run(OrderMachine)


@tagged("post_install", "-at_install")
class TestWorkMachine(ExpenseCommon, MachineCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bought = cls.hosting
        cls.travel.supplier_taxes_id = False
        pieces = cls._create_sold("Sold pieces", "ordered_prepaid")
        pieces.uom_id = cls.env.ref("uom.product_uom_unit")
        manual = cls._create_sold("Sold by hand", "delivered_manual")
        cls.sold_first = cls.sold_time | cls.sold_fixed
        cls.sold_second = cls.sold_time | cls.sold_fixed | pieces | manual

    def test_any_work(self):
        """I1, I3: every policy of service and of costs, and whatever may change."""
        self._run(WorkMachine)
