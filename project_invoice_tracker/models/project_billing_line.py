"""Billing lines: what the customer will read; each becomes one invoice line."""

from odoo import api, fields, models

from ..billing.rounding import exact
from ..billing.texts import shorten
from ..const import KINDS, TEXT_FIELDS, UNITS
from ..engine import is_engine
from .service_terms import taxes_of


class ProjectBillingLine(models.Model):
    """One line of a request: a text, a quantity, and the slices it consists of."""

    _name = "project.billing.line"
    _inherit = ["project.billing.guard"]
    _description = "Billing Line"
    _order = "request_id, adjusts, sequence, id"
    _engine_fields = frozenset(
        {
            "rule_id",
            "unit",
            "group_key",
            "removed",
            "product_uom_id",
            "day_minutes",
            "discount",
            "tax_product_id",
            "adjusts",
            "extra_tax_data",
        }
    )

    request_id = fields.Many2one(
        "project.billing.request", required=True, index=True, ondelete="restrict"
    )
    project_id = fields.Many2one(related="request_id.project_id", store=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    currency_id = fields.Many2one(related="request_id.currency_id")
    state = fields.Selection(related="request_id.state", string="Request State")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, default="manual", readonly=True)
    rule_id = fields.Many2one("project.billing.rule", readonly=True, index=True)
    group_key = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="What the line gathers; later work of the same kind joins it.",
    )
    name = fields.Text(string="Description", required=True)
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        default=lambda self: (
            self.env["project.billing.kind"]._get("manual")._default_product()
        ),
        domain="[('sale_ok', '=', True)]",
        ondelete="restrict",
    )
    product_uom_id = fields.Many2one(
        "uom.uom", string="Unit of Measure", readonly=True, ondelete="restrict"
    )
    unit = fields.Selection(
        UNITS, string="Counted In", readonly=True, default="unit", required=True
    )
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    price_unit = fields.Float(string="Price", min_display_digits="Product Price")
    discount = fields.Float(string="Discount (%)", digits="Discount", readonly=True)
    tax_product_id = fields.Many2one(
        "product.product",
        string="Taxed Like",
        readonly=True,
        ondelete="restrict",
        help="The service whose taxes apply, if not those of its own.",
    )
    adjusts = fields.Boolean(
        string="Automatic",
        readonly=True,
        default=False,
        help="Added by itself, following the other lines: a deposit that is deducted, "
        "a retention, a minimum fee.",
    )
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        compute="_compute_tax_ids",
        store=True,
        ondelete="restrict",
        context={"active_test": False},
    )
    price_subtotal = fields.Monetary(
        string="Untaxed Amount", compute="_compute_amounts", store=True
    )
    price_total = fields.Monetary(
        string="Total", compute="_compute_amounts", store=True
    )
    removed = fields.Boolean(
        readonly=True, help="Accounting removed the line from the invoice."
    )
    allocation_ids = fields.One2many(
        "project.billing.allocation", "line_id", readonly=True
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        compute="_compute_invoice_line_id",
        search="_search_invoice_line_id",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    written_off_note = fields.Char(compute="_compute_written_off_note")

    # === COMPUTE ===

    @api.depends(
        "product_id", "tax_product_id", "request_id.fiscal_position_id", "rule_id"
    )
    def _compute_tax_ids(self):
        # together: each assignment is a statement of its own
        for (product, company, position), lines in self.grouped(
            lambda line: (
                line.tax_product_id or line.product_id,
                line.company_id,
                line.request_id.fiscal_position_id,
            )
        ).items():
            lines.tax_ids = self._find_taxes(product, company, position)

    @api.depends(
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "removed",
        "request_id.currency_id",
    )
    def _compute_amounts(self):
        AccountTax = self.env["account.tax"]
        for company, lines in self.grouped("company_id").items():
            for line in lines:
                # one by one: an invoice line is rounded on its own as well
                base_line = line._prepare_base_line()
                AccountTax._add_tax_details_in_base_line(base_line, company)
                AccountTax._round_base_lines_tax_details([base_line], company)
                details = base_line["tax_details"]
                line.price_subtotal = details["total_excluded_currency"]
                line.price_total = details["total_included_currency"]

    def _compute_invoice_line_id(self):
        # sudo: the field itself is for those who may read invoices
        found = (
            self.env["account.move.line"]
            .sudo()
            .search([("billing_line_id", "in", self.ids)])
        )
        by_line = {aml.billing_line_id.id: aml.id for aml in found}
        for line in self:
            line.invoice_line_id = by_line.get(line.id, False)

    def _search_invoice_line_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        invoice_lines = self.env["account.move.line"].browse(v for v in value if v)
        return [("id", "in", invoice_lines.billing_line_id.ids)]

    def _compute_written_off_note(self):
        for line in self:
            slices = line.allocation_ids.filtered(
                lambda a: a.action == "write_off" and a.state != "released"
            )
            quantity = sum((exact(a.quantity) for a in slices), exact(0))
            line.written_off_note = bool(slices) and self.env._(
                "%(quantity)s written off: %(reason)s",
                quantity=line._reads(quantity),
                reason=", ".join(dict.fromkeys(filter(None, slices.mapped("reason")))),
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return super().create([self._with_end(vals) for vals in vals_list])
        for vals in vals_list:
            self._check_numbers(vals)
        lines = super().create(vals_list)
        lines.request_id._check_editable()
        lines._add_manual_items()
        lines.request_id._mark_edited()
        lines.request_id._adjust_lines()
        return lines

    def write(self, vals):
        if is_engine(self.env) or not self:
            return super().write(self._with_end(vals))
        self.request_id._check_editable()
        self._check_editable_fields(vals)
        self._check_numbers(vals)
        if vals.keys() - TEXT_FIELDS:
            self._check_not_adjusting()
        result = super().write(vals)
        self.request_id._check_editable()
        self._follow_manual_edit(vals)
        self.request_id._mark_edited()
        if vals.keys() - TEXT_FIELDS:
            self.request_id._adjust_lines()
        return result

    @api.model
    def _with_end(self, vals):
        """Return the values with texts cut to a maximum length.

        Texts come from other records and may have any length: the description of time,
        the name of a task or milestone, the line of a bill. A long one must not keep a
        project from being billed.
        """
        if not isinstance(vals.get("name"), str):
            return vals
        return {**vals, "name": shorten(vals["name"])}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        if not is_engine(self.env):
            self.request_id._check_editable()

    def unlink(self):
        if is_engine(self.env) or not self:
            return super().unlink()
        self.check_access("unlink")
        self.request_id._check_editable()
        self._check_not_adjusting()
        requests = self.request_id
        self._give_back("line_removed")
        result = super().unlink()
        requests._mark_edited()
        requests._adjust_lines()
        return result

    # === ACTIONS ===

    def action_change_quantity(self):
        """Open the window that lowers the quantity of this line."""
        self.ensure_one()
        self.request_id._check_editable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Quantity"),
            "res_model": "project.billing.change.quantity",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id, "default_quantity": self.quantity},
        }

    # === BUSINESS ===

    @api.model
    def _find_taxes(self, product, company, position):
        """Return the taxes of a service under a fiscal position, if there is one."""
        # sudo: taxes of the service, shown to whoever may see the line
        return taxes_of(product.sudo(), company, position.sudo())

    def _live(self):
        """Return the lines that an invoice would carry."""
        return self.filtered(lambda line: not line.removed and line.quantity)

    def _growths(self, wanted):
        """Return ``{line: minutes}`` by which lines may grow; overridden by caps.

        :param dict wanted: ``{line: (held, more)}``, in minutes, of these lines
        """
        return {line: wanted[line][1] for line in self}

    def _prepare_base_line(self, taxes=None):
        """Return the line as Odoo's tax engine takes it.

        :param taxes: other taxes than those of the line
        """
        self.ensure_one()
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            self,
            tax_ids=self.tax_ids if taxes is None else taxes,
            discount=self.discount,
            quantity=0.0 if self.removed else self.quantity,
            partner_id=self.request_id.partner_id,
            currency_id=self.request_id.currency_id,
            rate=1.0,
            name=self.name,
        )
