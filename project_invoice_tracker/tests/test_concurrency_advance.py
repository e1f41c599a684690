"""Two sessions deduct from one deposit at once (I1, I20)."""

from datetime import date

from odoo.tests import tagged

from ..exceptions import BillingError
from .concurrency_common import ConcurrencyCase


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestAdvanceConcurrency(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        # two hours at 100.00 are there; a deposit of 150.00 is billed with them
        with self._session() as env:
            rule = env["project.billing.rule"].create(
                {
                    "project_id": self.project_id,
                    "kind": "advance",
                    "advance_amount": 150,
                    "advance_consumption": "at_once",
                    "date_start": date(2026, 1, 1),
                }
            )
            self.rule_id = rule.id
        self.deposit_id = self._posted()

    def _balance(self):
        """Return what is billed, deducted and left of the deposit."""
        with self._session() as env:
            rule = env["project.billing.rule"].browse(self.rule_id)
            return rule.advance_billed, rule.advance_deducted, rule.advance_left

    def test_two_drafts_take_from_one_deposit(self):
        """I1, I20: together they never deduct more than there is."""
        self._log(1)
        first_id = self._request("submitted")
        self._log(2)
        second_id = self._request()
        with self._session("pm") as env:
            env["project.billing.request"].browse([first_id]).action_withdraw()
        self.assertEqual(self._balance(), (150, 150, 0))
        switch = {}
        for request_id in (first_id, second_id):
            with self._session("pm") as env:
                request = env["project.billing.request"].browse(request_id)
                request.deduct_advance = False

            def deduct(env, request_id=request_id):
                request = env["project.billing.request"].browse(request_id)
                request.deduct_advance = True
                return True

            switch[request_id] = deduct
        self.assertEqual(self._balance(), (150, 0, 150))
        outcome = self._race(("pm", switch[first_id]), ("boss", switch[second_id]))
        self.assertEqual(outcome, (True, True))
        self.assertEqual(self._balance(), (150, 150, 0))

    def test_deduct_and_credit_the_deposit(self):
        """I19: what is deducted meanwhile stays billed, or is deducted no more."""
        self._log(1)
        self._race(
            ("pm", lambda env: self._submit(env)),
            ("accountant", lambda env: self._credit(env, self.deposit_id)),
        )
        self.assertEqual(self._balance(), (150, 100, 50))

    def test_credit_the_deposit_and_deduct(self):
        self._log(1)
        _id, request_id = self._race(
            ("accountant", lambda env: self._credit(env, self.deposit_id)),
            ("pm", self._prepare),
        )
        self.assertNotIsInstance(request_id, BillingError)
        self.assertEqual(self._balance(), (0, 0, 0))

    def _submit(self, env):
        request = env["project.billing.request"].browse(self._prepare(env))
        request.action_submit()
        return request.id


for inherited, value in list(vars(ConcurrencyCase).items()):
    if inherited.startswith("test_") and callable(value):
        # run in their own place
        setattr(TestAdvanceConcurrency, inherited, None)
