"""Requests and sales orders under steps in any order, against raw SQL (I1, I3)."""

import logging
import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon
from odoo.addons.project_invoice_tracker_sale_timesheet.tests.sale_common import (
    SaleBillingCommon,
)

from .handover_machine import HandoverMachine
from .order_machine import OrderMachine
from .sales_machine import SalesMachine
from .sales_steps import REFUSED, TAKEN

#: More examples look deeper; each has up to so many steps.
EXAMPLES = int(os.environ.get("PIT_EXAMPLES", "20"))
STEPS = int(os.environ.get("PIT_STEPS", "20"))
PHASES = [Phase.generate, *([Phase.shrink] if "PIT_SHRINK" in os.environ else [])]

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestSalesMachine(CostCommon, SaleBillingCommon):
    bought = None

    def test_any_order(self):
        """I1, I3, I30 after every step of either biller."""
        self._run(SalesMachine)

    def test_what_orders_had(self):
        """I1, I3: whatever makes Odoo forget what an order had, and costs as well."""
        self.bought = self.hosting
        self._run(OrderMachine)

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
        machine = type("Machine", (base,), {"case": self})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                # the same examples everywhere: a failure can be repeated
                derandomize="PIT_EXAMPLES" not in os.environ,
                phases=PHASES,
                database=None,
                report_multiple_bugs=False,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        for name, times in (*TAKEN.most_common(), *REFUSED.most_common()):
            _logger.info("%s x %s", times, name)
