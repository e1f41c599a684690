"""The ledger under steps in any order, against a model and raw SQL (I1, I12 to I15)."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon

from .ledger_machine import LedgerMachine

#: More examples look deeper; each has up to so many steps.
EXAMPLES = int(os.environ.get("PIT_EXAMPLES", "30"))
STEPS = 25
#: Looking for the shortest example that fails takes minutes: only when asked for.
PHASES = [Phase.generate, *([Phase.shrink] if "PIT_SHRINK" in os.environ else [])]


@tagged("post_install", "-at_install")
class TestLedgerMachine(BillingCommon):
    def test_any_order(self):
        """I1, I2, I12, I13, I14, I15, I22, I30, I31 after every step."""
        machine = type("Machine", (LedgerMachine,), {"case": self})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                # the same examples everywhere, so that a failure can be repeated
                derandomize="PIT_EXAMPLES" not in os.environ,
                phases=PHASES,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
