"""Rates: the dated price of a person's hour."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import rates as rate_rules
from ..billing.rounding import exact


class ProjectBillingRate(models.Model):
    """The price of an hour of one person (or anybody) under one rule, with dates.

    The person's own rate wins over the one for anybody, then the latest start.
    A change re-prices only what no request and no invoice holds.
    """

    _name = "project.billing.rate"
    _description = "Billing Rate"
    _order = "rule_id, employee_id, date_from desc, id desc"

    rule_id = fields.Many2one(
        "project.billing.rule", required=True, index=True, ondelete="cascade"
    )
    project_id = fields.Many2one(related="rule_id.project_id", store=True, index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    employee_id = fields.Many2one(
        "hr.employee", string="Person", help="Leave empty for anybody.", index=True
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until")
    price_unit = fields.Float(
        string="Hourly Rate",
        required=True,
        min_display_digits="Product Price",
    )

    _price_positive = models.Constraint(
        "CHECK (price_unit > 0)", "A rate must be greater than zero."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A rate cannot end before it starts.",
    )

    @api.depends("employee_id", "rule_id", "price_unit")
    def _compute_display_name(self):
        for rate in self:
            # sudo: the person's name is shown on the rate, nothing else of them
            person = rate.employee_id.sudo().name or self.env._("Anybody")
            rate.display_name = f"{person}: {rate.price_unit:g}"

    @api.constrains("rule_id", "employee_id", "date_from", "date_to")
    def _check_overlap(self):
        for rule in self.rule_id:
            rates = rule.rate_ids
            for position, rate in enumerate(rates):
                for other in rates[position + 1 :]:
                    if rate_rules.overlap(rate._to_rate(), other._to_rate()):
                        raise ValidationError(
                            self.env._(
                                "Two rates of the same person hold on the same "
                                "days: %(first)s and %(second)s. End one of them "
                                "before the other starts.",
                                first=rate.display_name,
                                second=other.display_name,
                            )
                        )

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        rates.project_id._billing_sync_items()
        return rates

    def write(self, vals):
        result = super().write(vals)
        self.project_id._billing_sync_items()
        return result

    def unlink(self):
        projects = self.project_id
        result = super().unlink()
        projects._billing_sync_items()
        return result

    def _to_rate(self):
        """Return the plain value that :mod:`billing.rates` works with."""
        self.ensure_one()
        return rate_rules.Rate(
            id=self.id,
            price=exact(self.price_unit),
            employee_id=self.employee_id.id or None,
            date_from=self.date_from or None,
            date_to=self.date_to or None,
        )
