"""Numbers that no column holds end in a sentence, never in an error page (I28)."""

from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..exceptions import BillingError
from .common import BillingCommon

HUGE = (10**400, -(10**400), int("9" * 4000) * 10**1000, "9" * 5000, float("inf"))


@tagged("post_install", "-at_install")
class TestLargeNumbers(BillingCommon):
    def _refused(self, call):
        with self.assertRaises(UserError) as caught:
            call()
        sentence = str(caught.exception)
        self.assertLess(len(sentence), 300)
        return sentence

    def test_every_number_of_our_models(self):
        """Created, written, and on a form: each field with a number."""
        checked = 0
        for model in ("rule", "rate", "tier", "cap", "level", "limit", "template"):
            records = self.env[f"project.billing.{model}"]
            for name, field in records._fields.items():
                if field.type not in ("float", "integer", "monetary") or name == "id":
                    continue
                for number in HUGE:
                    with self.subTest(model=model, field=name):
                        for call in (
                            lambda r=records, n=name, v=number: r.create({n: v}),
                            lambda r=records, n=name, v=number: r.onchange(
                                {n: v}, [n], {n: {}}
                            ),
                            lambda r=records, n=name, v=number: r.with_context(
                                **{f"default_{n}": v}
                            ).create({}),
                        ):
                            self.assertIn("too large", self._refused(call))
                            checked += 1
        self.assertGreater(checked, 300)

    def test_written_numbers(self):
        for number in HUGE:
            for record, name in (
                (self.rule, "price_unit"),
                (self.rule, "increment_minutes"),
                (self.rule, "discount"),
            ):
                with self.subTest(name):
                    self._refused(lambda r=record, n=name, v=number: r.write({n: v}))

    def test_ids(self):
        """An id that no record can have is refused like one that none has."""
        for number in (2**31, 10**400):
            with self.subTest(str(number)[:10] if number < 10**9 else "huge"):
                self._refused(
                    lambda n=number: self.env["project.billing.rate"].create(
                        {"project_id": n, "price_unit": 1}
                    )
                )
                self._refused(
                    lambda n=number: self.rule.write({"task_ids": [Command.link(n)]})
                )
                requests = self.env["project.billing.request"].with_user(self.pm)
                self._refused(lambda n=number, r=requests: r.prepare([n]))

    def test_numbers_of_methods(self):
        self._log(2)
        request = self._prepare()
        line = request.line_ids
        for number in HUGE:
            self._refused(lambda n=number: line.change_quantity(n))
            self._refused(
                lambda n=number: line.create(
                    {
                        "request_id": request.id,
                        "name": "By hand",
                        "product_id": self.service.id,
                        "quantity": n,
                        "price_unit": 1,
                    }
                )
            )
        self.assertEqual(request.amount_untaxed, 200)

    def test_numbers_on_records_of_the_host(self):
        """Fields of ours on milestones and projects, and the hours of an entry."""
        milestone = self._create_milestones(10)
        entry = self._log(1)
        for number in HUGE:
            self._refused(lambda n=number: milestone.write({"billing_percentage": n}))
            self._refused(lambda n=number: milestone.write({"billing_fixed_price": n}))
            self._refused(
                lambda n=number: self.project.write({"billing_budget_amount": n})
            )
            self._refused(lambda n=number: entry.write({"unit_amount": n}))
        self.assertEqual(entry.unit_amount, 1)

    def test_dates(self):
        self._log(1)
        requests = self.env["project.billing.request"].with_user(self.pm)
        for number in HUGE:
            with self.assertRaises(BillingError):
                requests.prepare(self.project, number)
        self.assertTrue(requests.prepare(self.project, date(2026, 12, 31)))


@tagged("post_install", "-at_install")
class TestLargeAddresses(HttpCase):
    def test_addresses_of_ours(self):
        """A number of 5,000 digits gives the page of any id that is nobody's."""
        for user in (None, "admin"):
            self.authenticate(user, user)
            for number in ("9" * 11, "2147483648", "9" * 400, "9" * 5000):
                for page in (
                    "/my/billing/{}",
                    "/my/billing/milestone/{}",
                    "/my/billing/invoice/{}/pack",
                    "/project_invoice_tracker/evidence/{}",
                    "/billing/request/{}/approve",
                ):
                    with self.subTest(page, user=user, digits=len(number)):
                        wanted = self._status(page, 2147483645)
                        self.assertIn(wanted, (303, 404))
                        if len(number) > 300:
                            wanted = 404
                        self.assertEqual(self._status(page, number), wanted)

    def _status(self, page, number):
        answer = self.url_open(page.format(number), allow_redirects=False)
        return answer.status_code
