"""All kinds of billing under steps in any order, against raw SQL (I1 to I23)."""

import logging

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.cost_common import CostCommon

from ..machines import run_machine
from .kinds_machine import KindsMachine
from .kinds_steps import REFUSED, START

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestKindsMachine(CostCommon):
    def test_any_order(self):
        """I1, I2, I13, I14, I19, I20, I21, I22, I23 after every step."""
        self.company.partner_id.tz = "UTC"
        with freeze_time(START) as calendar:
            run_machine(
                KindsMachine, examples=8, steps=20, case=self, calendar=calendar
            )
        for sentence, times in REFUSED.most_common():
            _logger.info("%s x %s", times, sentence)
