"""Requests and sales orders under steps in any order, against raw SQL (I1, I3)."""

import logging
import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker_sale_timesheet.tests.sale_common import (
    SaleBillingCommon,
)

from .sales_machine import REFUSED, TAKEN, SalesMachine

#: More examples look deeper; each has up to so many steps.
EXAMPLES = int(os.environ.get("PIT_EXAMPLES", "20"))
STEPS = int(os.environ.get("PIT_STEPS", "20"))
PHASES = [Phase.generate, *([Phase.shrink] if "PIT_SHRINK" in os.environ else [])]

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestSalesMachine(SaleBillingCommon):
    def test_any_order(self):
        """I1, I3, I30 after every step of either biller."""
        machine = type("Machine", (SalesMachine,), {"case": self})
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
