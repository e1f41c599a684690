"""Who changed what an amount was computed from does not approve it (I3, I24)."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .approval_common import ApprovalCommon
from .common import DAY


@tagged("post_install", "-at_install")
class TestPriceChangers(ApprovalCommon):
    """Each change is made with another approver's name, by the widest rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["project.task"].create(
            {"name": "Hardening", "project_id": cls.project.id}
        )
        cls.tag = cls.env["project.tags"].create({"name": "Urgent"})
        cls.rate = cls.env["project.billing.rate"].create(
            {
                "rule_id": cls.rule.id,
                "employee_id": cls.ann.id,
                "price_unit": 130,
                "date_from": date(2026, 1, 1),
            }
        )
        # what was set up is long ago
        cls._age_the_journal()

    @classmethod
    def _age_the_journal(cls):
        cls.env.flush_all()
        cls.env.cr.execute(
            "ALTER TABLE project_billing_journal DISABLE TRIGGER USER;"
            "UPDATE project_billing_journal SET date = date - interval '400 days';"
            "ALTER TABLE project_billing_journal ENABLE TRIGGER USER"
        )
        cls.env.invalidate_all()

    def _by(self, record, user=None):
        """Return a record as the first approver changes it."""
        return record.with_user(user or self.first).sudo()

    def _is_barred(self, request, *users):
        """Assert that users may not approve a request, and that others may."""
        now = self._now(request)
        for user in users or [self.first]:
            self.assertNotIn(user, now)
            barred = request.sudo()._barred_ids()[request.id]
            self.assertEqual(barred.get(user.id), "price")
            with self.assertRaises(AccessError):
                self._as(user, request).action_approve()
        self.assertIn(self.third, now)
        self.assertNotIn(self.third.id, request.sudo()._barred_ids()[request.id])

    def test_nobody_is_barred_without_a_change(self):
        request = self._submitted(2)
        self.assertEqual(self._now(request), self.approvers)
        self._by(self.rule).name = "Another name"
        self.assertEqual(self._now(request), self.approvers)

    def test_fields_of_rates(self):
        """Person, dates, task, tag, job: each of them, in a savepoint of its own."""
        job = self.env["hr.job"].create({"name": "Architect"})
        changes = [
            {"employee_id": self.bob.id},
            {"employee_id": False},
            {"date_from": date(2026, 2, 2)},
            {"date_to": date(2026, 2, 2)},
            {"task_id": self.task.id},
            {"tag_id": self.tag.id},
            {"job_id": job.id},
            {"price_unit": 131},
            {"weekend_multiplier": 2},
        ]
        for logged_before in (True, False):
            for vals in changes:
                with self.subTest(vals, logged_before=logged_before):
                    savepoint = self.env.cr.savepoint()
                    if logged_before:
                        self._log(1)
                    self._by(self.rate).write(vals)
                    self._is_barred(self._submitted(2))
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_deleted_rate(self):
        """Also before the work that it would have priced was logged."""
        self._by(self.rate).unlink()
        self._is_barred(self._submitted(2))

    def test_rate_of_somebody_else(self):
        """A rate that would not have priced the work bars nobody."""
        other = self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "employee_id": self.bob.id, "price_unit": 90}
        )
        self._age_the_journal()
        self._by(other).unlink()
        self.assertEqual(self._now(self._submitted(2)), self.approvers)

    def test_tiers(self):
        tier = self.env["project.billing.tier"].create(
            {"rule_id": self.rule.id, "hours_from": 1, "price_unit": 80}
        )
        self._age_the_journal()
        self._log(4)
        self._by(tier).unlink()
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 5 * 130)
        self._is_barred(request)

    def test_increment_of_a_rule(self):
        self._log(0.1)
        self._by(self.rule).increment_minutes = 15
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 1.25 * 130)
        self._is_barred(request)

    def test_increment_of_lines(self):
        """What is rounded when work is collected only."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "line"})
        self._age_the_journal()
        self._by(self.rule).increment_minutes = 60
        self._is_barred(self._submitted(0.1))

    def test_every_field_of_a_rule_is_one_of_price_or_words(self):
        """A new field of a rule bars, unless it is said to change no amount."""
        names = self.rule._price_names()
        for name in ("task_ids", "cap_ids", "retention_percentage", "increment_method"):
            self.assertIn(name, names)
        self.assertFalse(self.rule._price_words - self.rule._fields.keys())
        self.assertGreater(len(names), 50)

    def test_filters_of_a_rule(self):
        self._by(self.rule).task_ids = [Command.set(self.task.ids)]
        self._is_barred(self._submitted(1, task_id=self.task.id))

    def test_tags_of_tasks(self):
        """By the task, and by the tag."""
        self._tag_rate()
        self._log(1, task_id=self.task.id)
        self._by(self.task).tag_ids = [Command.link(self.tag.id)]
        self._by(self.tag, self.second).task_ids = [Command.unlink(self.task.id)]
        self._is_barred(self._submitted(1), self.first, self.second)

    def test_tags_that_price_nothing(self):
        tag = self.env["project.tags"].create({"name": "Fun"})
        self._tag_rate()
        self._by(self.task).tag_ids = [Command.link(tag.id)]
        request = self._submitted(1, task_id=self.task.id)
        self.assertEqual(self._now(request), self.approvers)

    def test_tag_while_a_request_holds_the_work(self):
        """Nothing changes until it is collected again, and then it counts."""
        self._tag_rate()
        request = self._submitted(1, task_id=self.task.id)
        self.assertEqual(request.amount_untaxed, 130)
        self._by(self.task).tag_ids = [Command.link(self.tag.id)]
        self.rate.unlink()
        self._age_the_journal()
        self._by(self.task).tag_ids = [Command.unlink(self.tag.id)]
        self._by(self.task).tag_ids = [Command.link(self.tag.id)]
        request.action_withdraw()
        request.line_ids.unlink()
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.amount_untaxed, 500)
        request.action_submit()
        self._is_barred(request)

    def _tag_rate(self):
        self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "tag_id": self.tag.id, "price_unit": 500}
        )
        self._age_the_journal()

    def test_jobs_of_people(self):
        job = self.env["hr.job"].create({"name": "Architect"})
        self.env["project.billing.rate"].create(
            {"rule_id": self.rule.id, "job_id": job.id, "price_unit": 300}
        )
        self.rate.unlink()
        self._age_the_journal()
        self._log(1)
        self._by(self.ann).job_id = job
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 600)
        self._is_barred(request)

    def test_hours_of_an_entry(self):
        entry = self._log(2)
        self._by(entry).unit_amount = 3
        request = self._prepare()
        request.action_submit()
        self.assertEqual(request.amount_untaxed, 390)
        self._is_barred(request)

    def test_entry_that_was_away(self):
        """Moved away, changed and moved back is changed."""
        other = self._create_project(name="Unbilled")
        entry = self._by(self._log(2))
        entry.project_id = other
        entry.unit_amount = 5
        entry.project_id = self.project
        self._is_barred(self._submitted(1))

    def test_entry_of_after_the_last_submission(self):
        request = self._submitted(2)
        request.action_withdraw()
        self._sql("UPDATE project_billing_approval SET date = date - interval '1 hour'")
        self._by(self.env["account.analytic.line"]).create(
            {
                "name": "More",
                "project_id": self.project.id,
                "employee_id": self.ann.id,
                "date": DAY,
                "unit_amount": 8,
            }
        )
        request.collect(date(2026, 12, 31))
        request.action_submit()
        self.assertEqual(request.amount_untaxed, 1300)
        self._is_barred(request)

    def test_rule_that_is_deleted(self):
        """The rule of 400 that took precedence goes; the work is billed at 130."""
        self.rule.sequence = 20
        dear = self._create_rule(price_unit=400, sequence=10)
        self._age_the_journal()
        self._log(1)
        self._by(dear).unlink()
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 260)
        self._is_barred(request)

    def test_price_list(self):
        """Where no rate holds, who changes the customer's list."""
        self.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        self.rate.unlink()
        self.rule.price_unit = 0
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Customer",
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "3_global",
                            "compute_price": "fixed",
                            "fixed_price": 90,
                        }
                    )
                ],
            }
        )
        customer = self.partner_a.with_company(self.company)
        customer.specific_property_product_pricelist = pricelist
        self._age_the_journal()
        self._log(1)
        self._by(pricelist.item_ids).fixed_price = 95
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 190)
        self._is_barred(request)

    def test_exchange_rates(self):
        """Who changes a rate of the list's currency between two submissions."""
        self.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        self.rate.unlink()
        self.rule.price_unit = 0
        yen, swiss = self.env.ref("base.JPY"), self.env.ref("base.CHF")
        yen.active = swiss.active = True
        rates = self.env["res.currency.rate"].create(
            [
                {
                    "name": "2026-01-01",
                    "rate": rate,
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                }
                for currency, rate in ((yen, 150), (swiss, 0.8))
            ]
        )
        customer = self.partner_a.with_company(self.company)
        customer.specific_property_product_pricelist = self.env[
            "product.pricelist"
        ].create(
            {
                "name": "Yen",
                "currency_id": yen.id,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "3_global",
                            "compute_price": "fixed",
                            "fixed_price": 15000,
                        }
                    )
                ],
            }
        )
        self._age_the_journal()
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 100)
        request.action_withdraw()
        self._by(rates[1], self.second).rate = 0.9
        self._by(rates[0]).rate = 100
        request.line_ids.unlink()
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.amount_untaxed, 150)
        request.action_submit()
        self._is_barred(request)
        self.assertIn(self.second, self._now(request), "of a currency not in use")

    def test_caps(self):
        """The limit, and taking the rule off it."""
        cap = self.env["project.billing.cap"].create(
            {
                "name": "Order 7",
                "company_id": self.company.id,
                "limit_amount": 100,
                "rule_ids": [Command.set(self.rule.ids)],
            }
        )
        self._age_the_journal()
        self._log(4)
        self._by(cap).limit_amount = 300
        self._by(cap, self.second).rule_ids = [Command.clear()]
        request = self._submitted(1)
        self.assertEqual(request.amount_untaxed, 5 * 130)
        self._is_barred(request, self.first, self.second)

    def test_milestone_prices(self):
        self._create_rule(kind="milestone", price_unit=0, contract_amount=1000)
        milestone = self._create_milestones(50, is_reached=True)
        self._age_the_journal()
        self._by(milestone).billing_percentage = 60
        request = self._prepare()
        request.action_submit()
        self.assertEqual(request.amount_untaxed, 600)
        self._is_barred(request)

    def test_tax_that_voided(self):
        """Who changed a tax of what was submitted does not approve it then."""
        request = self._submitted(1)
        tax = request.sudo().line_ids.tax_ids
        self._by(tax).amount = 7
        self.env.invalidate_all()
        self.assertEqual(request.state, "draft")
        self._by(tax, self.second).amount = 8
        request.action_submit()
        self._is_barred(request, self.first, self.second)

    def test_who_finds_it_is_not_barred(self):
        """Whom an approval tells that something changed did not change it."""
        request = self._submitted(1)
        tax = request.sudo().line_ids.tax_ids
        self._sql("UPDATE account_tax SET amount = 7 WHERE id = %s", tax.id)
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "draft")
        request.action_submit()
        self.assertIn(self.first, self._now(request))
