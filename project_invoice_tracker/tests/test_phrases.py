"""Numbers and durations in sentences, in the language of the reader."""

from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from ..models.phrases import for_days, number


@tagged("post_install", "-at_install")
class TestPhrases(TransactionCase):
    def test_number(self):
        """Exact decimals keep their decimals, floats show those they need."""
        self.env["res.lang"]._activate_lang("de_DE")
        english = self.env(context={"lang": "en_US"})
        german = self.env(context={"lang": "de_DE"})
        for value, expected, translated in (
            (Decimal("36000.00"), "36,000.00", "36.000,00"),
            (Decimal(36000), "36,000", "36.000"),
            (7.5, "7.5", "7,5"),
            (1250000.0, "1,250,000", "1.250.000"),
            (33.333333, "33.333333", "33,333333"),
            (0.1 + 0.2, "0.3", "0,3"),
            (0.0, "0", "0"),
        ):
            with self.subTest(value=value):
                self.assertEqual(number(english, value), expected)
                self.assertEqual(number(german, value), translated)

    def test_one_day(self):
        """One day is not “1 days”."""
        env = self.env(context={"lang": "en_US"})
        self.assertEqual(for_days(env, 1), "for 1 day")
        self.assertEqual(for_days(env, 2), "for 2 days")
        self.assertEqual(for_days(env, 0), "for 0 days")
