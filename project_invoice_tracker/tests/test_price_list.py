"""Prices by the customer's price list and with taxes in them, as Odoo finds them."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestPriceList(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create(
            {"group_product_pricelist": True}
        ).execute()
        cls.rule.price_unit = 0
        cls.dollars = cls.company.currency_id
        cls.yen = cls.env.ref("base.JPY")
        cls.yen.write({"active": True, "rounding": 1.0})
        cls.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "rate": 150,
                "currency_id": cls.yen.id,
                "company_id": cls.company.id,
            }
        )

    def _list(self, *rows, currency=None, customer=True, **values):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Key customers",
                "currency_id": (currency or self.dollars).id,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create(
                        {
                            "applied_on": "1_product",
                            "product_tmpl_id": self.service.product_tmpl_id.id,
                            "compute_price": "fixed",
                            **row,
                        }
                    )
                    for row in rows
                ],
                **values,
            }
        )
        if customer:
            customer = self.partner_a.with_company(self.company)
            customer.specific_property_product_pricelist = pricelist
        return pricelist

    def _prices(self, request):
        """Return ``[(hours, price)]`` of the lines, which are explained so."""
        for row in request.line_ids.explain():
            line = request.line_ids.browse(row["line_id"])
            self.assertAlmostEqual(row["price"], line.price_unit)
            self.assertIn(f"{line.price_unit:.2f}", row["explanation"])
        for line in request.line_ids:
            items = line.allocation_ids.item_id
            self.assertEqual(set(items.mapped("price_unit")), {line.price_unit})
        return [(line.quantity, line.price_unit) for line in request.line_ids]

    def _ready(self):
        self.env.flush_all()
        self.project.invalidate_recordset()
        return self.project.billing_amount_ready

    # === CURRENCIES ===

    def test_fixed_yen_are_converted(self):
        """B1: 15,000 JPY an hour at 150 JPY for a dollar are 100.00 dollars."""
        self._list({"fixed_price": 15000}, currency=self.yen)
        self._log(1)
        request = self._prepare()
        self.assertEqual(self._prices(request), [(1, 100)])
        self.assertAlmostEqual(self._post(request).amount_untaxed, 100)

    def test_formula_in_yen(self):
        """B1: 10 % off, rounded to 500, plus 300 JPY: all of it in yen."""
        self.service.list_price = 111.11
        self._list(
            {
                "compute_price": "formula",
                "base": "list_price",
                "price_discount": 10,
                "price_round": 500,
                "price_surcharge": 300,
            },
            currency=self.yen,
        )
        self._log(1)
        # 16,666.5 less 10 % is 14,999.85, so 15,000 and 300
        self.assertEqual(self._prepare().line_ids.price_unit, 102)

    def test_parent_list_in_yen(self):
        """B1: a list based on another one, which is in another currency."""
        parent = self._list(
            {"fixed_price": 30000}, currency=self.yen, customer=False, name="Parent"
        )
        self._list(
            {
                "compute_price": "percentage",
                "percent_price": 10,
                "base": "pricelist",
                "base_pricelist_id": parent.id,
            }
        )
        self._log(1)
        self.assertEqual(self._prepare().line_ids.price_unit, 180)

    def test_no_rate_is_a_problem(self):
        """B1: without an exchange rate the price is not taken as it is."""
        euros = self.env.ref("base.EUR")
        euros.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", euros.id)]).unlink()
        self._list({"fixed_price": 80}, currency=euros)
        self._log(1)
        with self.assertRaisesRegex(Exception, "No exchange rate from EUR"):
            self._prepare()

    # === QUANTITIES ===

    def test_from_ten_hours(self):
        """B1: “from 10 h: 80” is the price of a line of ten hours, of all of it."""
        self._list({"fixed_price": 100}, {"fixed_price": 80, "min_quantity": 10})
        self._log(6)
        self.assertEqual(self._ready(), 600)
        self._log(5)
        self.assertEqual(self._ready(), 880)
        request = self._prepare()
        self.assertEqual(self._prices(request), [(11, 80)])
        self.assertAlmostEqual(self._post(request).amount_untaxed, 880)

    def test_a_draft_that_grows(self):
        """B1: six hours at 100 become eleven at 80, as one line."""
        self._list({"fixed_price": 100}, {"fixed_price": 80, "min_quantity": 10})
        self._log(6)
        request = self._prepare()
        self.assertEqual(self._prices(request), [(6, 100)])
        self._log(5)
        self.assertEqual(self._prepare(), request)
        self.assertEqual(self._prices(request), [(11, 80)])

    def test_a_line_that_is_lowered(self):
        """B1: eleven hours at 80, lowered to eight: 100; the rest costs as much."""
        self._list({"fixed_price": 100}, {"fixed_price": 80, "min_quantity": 10})
        self._log(6)
        self._log(5)
        request = self._prepare()
        request.line_ids.with_user(self.pm).change_quantity(8, "bill_later")
        self.assertEqual(self._prices(request), [(8, 100)])
        self.assertEqual(self._ready(), 300)
        self._post(request)
        later = self._prepare()
        self.assertEqual(self._prices(later), [(3, 100)])

    def test_each_line_by_its_own_hours(self):
        """B1: by day, a day of ten hours costs 80 and one of two hours 100."""
        self._list({"fixed_price": 100}, {"fixed_price": 80, "min_quantity": 10})
        self.rule.detail = "day"
        self._log(10, date(2026, 3, 2))
        self._log(2, date(2026, 3, 3))
        self.assertEqual(self._ready(), 1000)
        self.assertEqual(self._prices(self._prepare()), [(10, 80), (2, 100)])

    def test_submitted_prices_stay(self):
        """B1: what was submitted keeps its price, whatever is logged later."""
        self._list({"fixed_price": 100}, {"fixed_price": 80, "min_quantity": 10})
        self._log(6)
        request = self._prepare()
        request.with_user(self.pm).action_submit()
        self._log(5)
        later = self._prepare()
        self.assertNotEqual(later, request)
        self.assertEqual(self._prices(request), [(6, 100)])
        self.assertEqual(self._prices(later), [(5, 100)])

    def test_limit_of_a_parent_list_and_days(self):
        """B1: the limit is in the unit of the service, and may be of the parent."""
        day = self.env.ref("uom.product_uom_day")
        self.service.uom_id = day
        parent = self._list(
            {"fixed_price": 800},
            {"fixed_price": 720, "min_quantity": 2},
            customer=False,
            name="Parent",
        )
        self._list(
            {
                "applied_on": "3_global",
                "product_tmpl_id": False,
                "compute_price": "percentage",
                "percent_price": 0,
                "base": "pricelist",
                "base_pricelist_id": parent.id,
            }
        )
        self._log(15)
        request = self._prepare()
        self.assertEqual(self._prices(request), [(15, 100)])
        self._log(1)
        self._prepare()
        self.assertEqual(self._prices(request), [(16, 90)])

    def test_dates_of_a_list(self):
        """B1: a price that begins in April is that of work in April."""
        self._list(
            {"fixed_price": 100, "date_end": "2026-03-31 23:59:59"},
            {"fixed_price": 110, "date_start": "2026-04-01 00:00:00"},
        )
        self._log(1, date(2026, 3, 30))
        self._log(1, date(2026, 4, 2))
        self.assertEqual(self._prices(self._prepare()), [(1, 100), (1, 110)])

    # === TAXES IN THE PRICE ===

    def _position(self):
        """Map a tax of 20 % in the price to none, for the customer."""
        known = self.env["account.fiscal.position"].search_count([])
        included, none = self.env["account.tax"].create(
            [
                {
                    "name": f"20 % in it {known}",
                    "amount": 20,
                    "type_tax_use": "sale",
                    "price_include_override": "tax_included",
                },
                {"name": f"0 % {known}", "amount": 0, "type_tax_use": "sale"},
            ]
        )
        position = self.env["account.fiscal.position"].create({"name": "Export"})
        none.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(included.id)],
            }
        )
        self.service.taxes_id = [Command.set(included.ids)]
        return position

    def test_price_with_tax_for_a_customer_without(self):
        """B2: 120.00 with 20 % in it is 100.00 for who pays none."""
        position = self._position()
        self.rule.price_unit = 120
        self._log(1)
        self.partner_a.property_account_position_id = position
        request = self._prepare()
        self.assertEqual(request.line_ids.price_unit, 100)
        self.assertEqual(self._post(request).amount_total, 100)

    def test_draft_follows_the_position(self):
        """B2: a draft follows the customer's position, there and back."""
        position = self._position()
        self.rule.price_unit = 120
        self._log(1)
        request = self._prepare()
        self.assertEqual(
            (request.line_ids.price_unit, request.amount_total), (120, 120)
        )
        self.partner_a.property_account_position_id = position
        request.with_user(self.pm).action_submit()
        self.assertEqual(
            (request.line_ids.price_unit, request.amount_total), (100, 100)
        )
        request.with_user(self.pm).action_withdraw()
        self.partner_a.property_account_position_id = False
        request.with_user(self.pm).action_submit()
        self.assertEqual(
            (request.line_ids.price_unit, request.amount_total), (120, 120)
        )

    def test_list_price_with_tax_for_a_customer_without(self):
        """B2: so it is with a price list, by volume as well."""
        position = self._position()
        self._list({"fixed_price": 120}, {"fixed_price": 96, "min_quantity": 10})
        self.partner_a.property_account_position_id = position
        self._log(1)
        request = self._prepare()
        self.assertEqual(request.line_ids.price_unit, 100)
        self._log(9)
        self._prepare()
        self.assertEqual(request.line_ids.price_unit, 80)
        self.assertEqual(self._post(request).amount_total, 800)

    def _export_project(self, **values):
        """Create a project with a contract for a customer who pays no tax."""
        self.partner_a.property_account_position_id = self._position()
        project = self._create_project(name="Export", **values)
        return project

    def test_contract_with_tax_for_a_customer_without(self):
        """B2: thirds of a contract of 1,200.00 with 20 % in it are 1,000.00."""
        project = self._export_project()
        rule = self._create_rule(project, kind="milestone", contract_amount=1200)
        milestones = self._create_milestones(33.333, 33.333, 33.334, project=project)
        self.assertFalse(rule.milestones_note)
        milestones[0].is_reached = True
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 333.33)
        milestones.is_reached = True
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 666.67)

    def test_fixed_price_with_tax_for_a_customer_without(self):
        """B2: an agreed price of a milestone of 120.00 is 100.00."""
        project = self._export_project()
        self._create_rule(project, kind="milestone")
        self._create_milestones(
            0,
            project=project,
            billing_basis="fixed",
            billing_fixed_price=120,
            is_reached=True,
        )
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 100)

    def test_progress_with_tax_for_a_customer_without(self):
        """B2: half of a contract of 1,200.00 is 500.00, the rest as much."""
        project = self._export_project()
        rule = self._create_rule(project, kind="progress", contract_amount=1200)
        for percentage in (50, 100):
            rule.with_user(self.pm).report_progress(percentage)
            self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 500)

    def test_deposit_with_tax_for_a_customer_without(self):
        """B2: 30 % of 1,200.00 are billed as 300.00, and all of it is deducted."""
        project = self._export_project()
        self._create_rule(project, kind="milestone", contract_amount=1200)
        deposit = self._create_rule(
            project, kind="advance", advance_basis="percentage", advance_percentage=30
        )
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 300)
        self._create_milestones(100, project=project).is_reached = True
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 700)
        self.assertAlmostEqual(deposit.advance_left, 0)

    def test_minimum_with_tax_for_a_customer_without(self):
        """B2: a minimum of 600.00 with tax in it is 500.00."""
        project = self._export_project()
        self._create_rule(project, price_unit=120, minimum_fee=600)
        self._log(1, project_id=project.id)
        self.assertAlmostEqual(self._post(self._prepare(project)).amount_total, 500)

    def test_sales_price_with_tax_for_a_customer_without(self):
        """B2: costs at a sales price of 120.00 with tax in it: 100.00 to pay.

        Whether the service of the rule has the tax in its price, or none of its own.
        """
        for taxed in (True, False):
            with self.subTest(taxed=taxed):
                account = self.env["account.analytic.account"].create(
                    {
                        "name": "Export",
                        "plan_id": self.project.account_id.plan_id.id,
                        "company_id": self.company.id,
                    }
                )
                project = self._export_project(account_id=account.id)
                hosting = self.env["product.product"].create(
                    {
                        "name": "Server",
                        "type": "service",
                        "lst_price": 120,
                        "taxes_id": [Command.set(self.service.taxes_id.ids)],
                        "supplier_taxes_id": [Command.clear()],
                    }
                )
                service = self.service
                if not taxed:
                    service = self.service.create({"name": "Costs", "type": "service"})
                    service.taxes_id = [Command.clear()]
                self._create_rule(
                    project,
                    kind="cost",
                    product_id=service.id,
                    cost_policy="sales_price",
                )
                bill = self.env["account.move"].create(
                    {
                        "move_type": "in_invoice",
                        "partner_id": self.partner_b.id,
                        "invoice_date": date(2026, 2, 1),
                        "invoice_line_ids": [
                            Command.create(
                                {
                                    "product_id": hosting.id,
                                    "quantity": 2,
                                    "price_unit": 70,
                                    "analytic_distribution": {str(account.id): 100},
                                }
                            )
                        ],
                    }
                )
                bill.action_post()
                request = self._prepare(project)
                self.assertEqual(request.line_ids.price_unit, 100)
                self.assertAlmostEqual(self._post(request).amount_total, 200)

    def test_typed_price_stays(self):
        """B2: what the manager types on a line is what is meant."""
        project = self._export_project()
        self._create_rule(project, price_unit=120)
        self._log(1, project_id=project.id)
        request = self._prepare(project)
        line = (
            self.env["project.billing.line"]
            .with_user(self.pm)
            .create(
                {
                    "request_id": request.id,
                    "name": "Travel",
                    "product_id": self.service.id,
                    "quantity": 1,
                    "price_unit": 120,
                }
            )
        )
        self.assertEqual(line.price_total, 120)

    def test_retainer_with_tax_for_a_customer_without(self):
        """B2: a fee is agreed in the rule, with the tax that is in it."""
        position = self._position()
        self.partner_a.property_account_position_id = position
        project = self._create_project(name="Support")
        self._create_rule(
            project,
            kind="recurring",
            recurring_price=1200,
            recurring_interval="month",
            recurring_timing="advance",
            date_end=date(2026, 1, 31),
        )
        request = self._prepare(project)
        self.assertEqual(request.line_ids.price_unit, 1000)
        self.assertEqual(self._post(request).amount_total, 1000)
