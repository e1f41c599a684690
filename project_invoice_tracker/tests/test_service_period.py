"""One period of service: of the work or the fee, the same on every page (I16)."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestServicePeriod(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "UTC"
        frozen = freeze_time("2026-04-20 10:00:00")
        frozen.start()
        cls.addClassCleanup(frozen.stop)

    def _retainer(self, **values):
        return self._create_rule(
            kind="recurring",
            name="Care",
            recurring_price=500,
            price_unit=0,
            **{
                "recurring_alignment": "calendar",
                "date_start": date(2026, 3, 1),
                **values,
            },
        )

    def assertPeriod(self, request, first, last):
        """Assert the period of a request, its document, portal page and annex."""
        request.invalidate_recordset()
        self.assertEqual((request.service_from, request.service_to), (first, last))
        move = request.sudo().invoice_id or self._post(request)
        if move.state == "draft":
            move.action_post()
        move = move.sudo()
        self.assertEqual(move._billing_service_period(), (first, last))
        words = move._billing_document()["period"]
        for day in (first, last):
            self.assertIn(f"{day:%m/%d/%Y}", words)
        self.assertEqual(move._billing_portal_document()["period"], words)
        contents = move._billing_contents()
        days = [day for content in contents for day in content["period"]]
        self.assertEqual((min(days), max(days)), (str(first), str(last)))
        self.assertEqual((request.service_from, request.service_to), (first, last))
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("account.report_invoice", move.ids)[0]
            .decode()
        )
        self.assertIn(words, " ".join(html.split()))
        return move

    def test_period_of_a_retainer_in_arrears(self):
        """The fee of March becomes ready on 31 March; the period is the month."""
        self._retainer(recurring_timing="arrears")
        request = self._prepare(date_to=date(2026, 4, 20))
        line = request.line_ids
        self.assertIn("March 1, 2026", line.name)
        self.assertIn("March 31, 2026", line.name)
        march = (date(2026, 3, 1), date(2026, 3, 31))
        self.assertEqual(line._service_periods(), {line.id: march})
        self.assertPeriod(request, *march)

    def test_period_of_a_retainer_in_advance(self):
        self._retainer(recurring_timing="advance", date_start=date(2026, 4, 1))
        request = self._prepare(date_to=date(2026, 4, 20))
        self.assertPeriod(request, date(2026, 4, 1), date(2026, 4, 30))

    def test_period_of_several_fees(self):
        self._retainer(recurring_timing="advance")
        request = self._prepare(date_to=date(2026, 4, 20))
        self.assertEqual(len(request.line_ids), 2)
        self.assertPeriod(request, date(2026, 3, 1), date(2026, 4, 30))

    def test_period_of_work(self):
        """From the first to the last day, whatever day it was collected up to."""
        self._log(1, day=date(2026, 3, 9))
        self._log(1, day=date(2026, 3, 2))
        request = self._prepare(date_to=date(2026, 3, 31))
        self.assertPeriod(request, date(2026, 3, 2), date(2026, 3, 9))

    def test_period_of_a_mixture(self):
        """Work of February, the fee of March and a milestone of 2 April."""
        self._log(1, day=date(2026, 2, 10))
        self._retainer(recurring_timing="arrears")
        self._create_rule(kind="milestone", contract_amount=1000, price_unit=0)
        milestone = self._create_milestones(100)
        milestone.write({"is_reached": True})
        milestone.reached_date = date(2026, 4, 2)
        request = self._prepare(date_to=date(2026, 4, 20))
        by_kind = {line.kind: line for line in request.line_ids}
        periods = request.line_ids._service_periods()
        self.assertEqual(periods[by_kind["milestone"].id], (date(2026, 4, 2),) * 2)
        self.assertPeriod(request, date(2026, 2, 10), date(2026, 4, 2))

    def test_period_leaves_out_what_has_no_day_of_its_own(self):
        """A deposit and a typed line are no service of the day they are billed."""
        self._log(1, day=date(2026, 3, 9))
        self._create_rule(
            kind="advance",
            advance_amount=100,
            advance_consumption="at_once",
            price_unit=0,
        )
        request = self._prepare(date_to=date(2026, 4, 20))
        request.write(
            {"line_ids": [(0, 0, {"name": "Licence", "quantity": 1, "price_unit": 10})]}
        )
        self.assertEqual(len(request.line_ids), 3)
        self.assertPeriod(request, date(2026, 3, 9), date(2026, 3, 9))

    def test_period_follows_a_draft(self):
        first = self._log(1, day=date(2026, 3, 2))
        self._log(1, day=date(2026, 3, 9))
        self.rule.detail = "entry"
        request = self._prepare(date_to=date(2026, 4, 20))
        line = request.line_ids.filtered(
            lambda line: line.allocation_ids.item_id.analytic_line_id == first
        )
        line.unlink()
        request.invalidate_recordset()
        self.assertPeriod(request, date(2026, 3, 9), date(2026, 3, 9))

    def test_period_of_a_credit_note_and_after_it(self):
        self._retainer(recurring_timing="arrears")
        request = self._prepare(date_to=date(2026, 4, 20))
        move = self.assertPeriod(request, date(2026, 3, 1), date(2026, 3, 31))
        note = self._credit(move)
        march = (date(2026, 3, 1), date(2026, 3, 31))
        self.assertEqual(note._billing_service_period(), march)
        self.assertEqual(move._billing_service_period(), march)
        self.assertEqual((request.service_from, request.service_to), march)

    def test_period_of_a_shared_invoice(self):
        """From the earliest to the latest of the requests on it."""
        self.partner_a.billing_one_invoice = True
        other = self._create_project(name="Second")
        self._create_rule(other)
        self._log(1, day=date(2026, 3, 2))
        self._log(1, day=date(2026, 3, 30), project_id=other.id)
        requests = self._prepare(self.project | other, date(2026, 4, 20))
        for request in requests:
            self._approve(request)
        requests.with_user(self.pm).action_create_invoice()
        move = requests.sudo().invoice_id
        self.assertEqual(len(move), 1)
        move.action_post()
        period = move._billing_service_period()
        self.assertEqual(period, (date(2026, 3, 2), date(2026, 3, 30)))
