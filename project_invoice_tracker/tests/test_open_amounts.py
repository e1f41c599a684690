"""What is to bill is what the request will say: everywhere, to the cent."""

from datetime import date

from odoo.tests import tagged

from .open_amounts_common import OpenAmountsCommon


@tagged("post_install", "-at_install")
class TestOpenAmounts(OpenAmountsCommon):
    """The figures before a request, and the request."""

    def _check(self, amount, project=None):
        self.env.flush_all()
        self.env.invalidate_all()
        found = self._to_bill(project or self.project)
        self.assertEqual(found, dict.fromkeys(found, amount))

    def test_three_times_twenty_minutes_are_one_hour(self):
        """3 x 20 min at 100: 100.00 everywhere, as the request says."""
        for _n in range(3):
            self._log(1 / 3)
        self._check(100.0)
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm).figures()
        self.assertEqual(cockpit["ready"]["amount"], 100)
        self.assertEqual(sum(age["amount"] for age in cockpit["work_ages"]), 100)
        self.assertEqual(self._prepare().amount_untaxed, 100)

    def test_generated_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self._check_cases(range(30))

    def test_generated_rounded_per_tax(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self._check_cases(range(100, 130))

    def test_generated_increments_of_lines(self):
        for seed, method in ((200, "round_per_line"), (210, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 10), lines=True)

    def test_generated_parts_and_drafts(self):
        for seed, method in ((300, "round_per_line"), (320, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 15), parts=True)

    def test_generated_caps(self):
        for seed, method in ((400, "round_per_line"), (420, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 12), caps=True)

    def test_generated_taxes_in_prices(self):
        taxes = tuple(self.services)
        for seed, method in ((500, "round_per_line"), (520, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 15), taxes=taxes, parts=True)

    def test_generated_corrections(self):
        for seed, method in ((600, "round_per_line"), (620, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 15), corrections=True)

    def test_generated_corrections_beside_drafts(self):
        for seed, method in ((700, "round_per_line"), (720, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            self._check_cases(range(seed, seed + 10), corrections=True, parts=True)

    def test_generated_days(self):
        cases = ("corrections", "caps", "parts", "lines", "corrections")
        for start, method in ((700, "round_per_line"), (800, "round_globally")):
            self.company.tax_calculation_rounding_method = method
            for seed, case in enumerate(cases):
                seeds = range(start + 10 * seed, start + 10 * seed + 10)
                taxes = tuple(self.services) if seed > 2 else ("excluded", "none")
                options = {
                    case: True,
                    "parts": case in ("caps", "parts"),
                    "taxes": taxes,
                }
                self._check_cases(seeds, days=True, **options)

    def test_corrections_net_in_what_is_to_bill(self):
        """+8 h and -8 h: 0.00; +8, -8 and +8 h: 800.00."""
        self.rule.detail = "day"
        for day, hours, expected in ((2, 8, 800), (3, -8, 0), (4, 8, 800)):
            self._log(hours, date(2026, 3, day))
            self._check(expected)
        self.assertEqual(self._prepare().amount_untaxed, 800)
