"""All kinds of billing under steps in any order, against raw SQL (I1 to I23)."""

import logging
import os

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon

from .kinds_machine import KindsMachine
from .kinds_steps import REFUSED, START

#: More examples look deeper; each has up to so many steps.
EXAMPLES = int(os.environ.get("PIT_EXAMPLES", "8"))
STEPS = int(os.environ.get("PIT_STEPS", "20"))
PHASES = [Phase.generate, *([Phase.shrink] if "PIT_SHRINK" in os.environ else [])]

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestKindsMachine(CostCommon):
    def test_any_order(self):
        """I1, I2, I13, I14, I19, I20, I21, I22, I23 after every step."""
        self.company.partner_id.tz = "UTC"
        with freeze_time(START) as calendar:
            machine = type(
                "Machine", (KindsMachine,), {"case": self, "calendar": calendar}
            )
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
        for sentence, times in REFUSED.most_common():
            _logger.info("%s x %s", times, sentence)
