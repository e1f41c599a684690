"""Odoo's records that prices are computed from: who changes them is logged.

Tags of tasks, jobs of people, pricelists and exchange rates change the price of
unbilled work only later, when somebody collects it. Who did it is known only here.
"""

from odoo import api, fields, models
from odoo.tools import SQL


class ProjectBillingJournal(models.Model):
    """The audit log, with notes on who changed records that prices depend on."""

    _inherit = "project.billing.journal"

    @api.model
    def _note_price_host(self, companies, records, reason, res_id=None):
        """Log that the user changed a record that prices are computed from.

        :param companies: those whose prices depend on it
        :param records: what was changed
        :param str reason: the field that was
        :param res_id: the id by which the work is found, if not the record's own
        """
        self._record(
            "rate_changed",
            [
                {
                    "date": fields.Datetime.now(),
                    "company_id": company.id,
                    "document": record.display_name,
                    "model": record._name,
                    "res_id": record.id if res_id is None else res_id,
                    "reason": reason,
                }
                for company in companies
                for record in records
            ],
        )


class ProjectTask(models.Model):
    """Tasks, whose tags choose among rates."""

    _inherit = "project.task"

    def write(self, vals):
        """Override to log who changed a tag that a rate is for."""
        if "tag_ids" not in vals:
            return super().write(vals)
        before = {task: task.sudo().tag_ids for task in self}  # sudo: comparison only
        result = super().write(vals)
        self._billing_note_tags(before)
        return result

    @api.model
    def _billing_note_tags(self, before):
        """Log who changed tags of tasks that rates are for.

        :param dict before: the tags that each task had
        """
        for task, tags in before.items():
            task_sudo = task.sudo()  # sudo: comparison, and its name in the journal
            now = task_sudo.tag_ids
            changed = (tags | now) - (tags & now)
            if not changed:
                continue
            # sudo: rates of whichever company bills the task
            rates_sudo = self.env["project.billing.rate"].sudo()
            rates_sudo = rates_sudo.search([("tag_id", "in", changed.ids)])
            self.env["project.billing.journal"]._note_price_host(
                rates_sudo.company_id, task_sudo, "tag_ids"
            )


class ProjectTags(models.Model):
    """Tags, whose form may also change the tasks that have them."""

    _inherit = "project.tags"

    @api.model_create_multi
    def create(self, vals_list):
        tags = super().create(vals_list)
        tags._billing_note_tasks(dict.fromkeys(tags, self.env["project.task"]))
        return tags

    def write(self, vals):
        """Override to log who changed the tasks of a tag that a rate is for."""
        if "task_ids" not in vals:
            return super().write(vals)
        # sudo: comparison only
        before = {tag: tag._billing_tagged_tasks() for tag in self}
        result = super().write(vals)
        self._billing_note_tasks(before)
        return result

    def _billing_tagged_tasks(self):
        """Return the tasks with these tags (elevated), archived ones included."""
        # sudo: comparison only
        tasks_sudo = self.env["project.task"].sudo().with_context(active_test=False)
        return tasks_sudo.search([("tag_ids", "in", self.ids)])

    @api.model
    def _billing_note_tasks(self, before):
        """Log who changed the tasks of tags that rates are for.

        :param dict before: the tasks that each tag had
        """
        for tag, tasks in before.items():
            # sudo: rates of whichever company bills the tasks
            rates_sudo = self.env["project.billing.rate"].sudo()
            rates_sudo = rates_sudo.search([("tag_id", "=", tag.id)])
            if rates_sudo:
                now = tag._billing_tagged_tasks()
                self.env["project.billing.journal"]._note_price_host(
                    rates_sudo.company_id, (tasks | now) - (tasks & now), "tag_ids"
                )


class HrVersion(models.Model):
    """Versions of employees, whose jobs choose among rates."""

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        versions._billing_note_jobs(versions.sudo().employee_id)  # sudo: ids only
        return versions

    def write(self, vals):
        """Override to log who changed the job of people, or the days it applies to."""
        if not vals.keys() & {"job_id", "date_version", "active", "employee_id"}:
            return super().write(vals)
        before = {version: version._billing_job() for version in self}
        result = super().write(vals)
        changed = self.filtered(lambda each: each._billing_job() != before[each])
        changed._billing_note_jobs(
            self.env["hr.employee"].browse(
                {before[version][0] for version in changed}
                | set(changed.sudo().employee_id.ids)  # sudo: ids only
            )
        )
        return result

    def unlink(self):
        """Override to log it too: other versions then apply on more days."""
        employees = self.sudo().employee_id  # sudo: ids only
        self._billing_note_jobs(employees)
        return super().unlink()

    def _billing_job(self):
        """Return the values that a rate for a job depends on."""
        version = self.sudo()  # sudo: comparison only
        return (
            version.employee_id.id,
            version.job_id.id,
            version.date_version,
            version.active,
        )

    def _billing_note_jobs(self, employees):
        """Log who changed the jobs of people, where rates are for jobs.

        Not for new people, who have no work yet.
        """
        employees = employees.filtered("id").sudo()  # sudo: names only
        if not employees:
            return
        # sudo: rates of whichever company bills the work
        rates_sudo = self.env["project.billing.rate"].sudo()
        companies = rates_sudo.search([("job_id", "!=", False)]).company_id
        if companies:
            self.env["project.billing.journal"]._note_price_host(
                companies, employees, "job_id"
            )


#: Of time rules that ask the customer's price list when no rate holds.
BY_LIST = [
    ("kind", "=", "time"),
    "|",
    ("price_unit", "=", False),
    ("price_unit", "=", 0),
]


class ProductPricelist(models.Model):
    """Pricelists; changes are logged for the companies that bill by them."""

    _inherit = "product.pricelist"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"currency_id", "active", "company_id"}:
            self._billing_note_list()
        return result

    def _billing_note_list(self):
        """Log that the user changed a price of these pricelists."""
        # sudo: rules without a price of their own, of every company
        rules_sudo = self.env["project.billing.rule"].sudo().search(BY_LIST)
        if self and rules_sudo:
            # work is found by whether a list priced it: lists ask other lists
            self.env["project.billing.journal"]._note_price_host(
                rules_sudo.company_id, self.sudo()[:1], "price", 0
            )


class ProductPricelistItem(models.Model):
    """Lines of pricelists; changes are logged likewise."""

    _inherit = "product.pricelist.item"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.pricelist_id._billing_note_list()
        return lines

    def write(self, vals):
        lists = self.pricelist_id
        result = super().write(vals)
        (lists | self.pricelist_id)._billing_note_list()
        return result

    def unlink(self):
        self.pricelist_id._billing_note_list()
        return super().unlink()


class ProductTemplate(models.Model):
    """Services whose sales prices are the base of pricelists."""

    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"list_price", "standard_price", "uom_id"}:
            self._billing_note_base()
        return result

    def _billing_note_base(self):
        """Log that the user changed the price of a service on a pricelist."""
        # sudo: rules without a price of their own, of every company
        rules_sudo = self.env["project.billing.rule"].sudo()
        rules_sudo = rules_sudo.search(
            [*BY_LIST, ("product_id.product_tmpl_id", "in", self.ids)]
        )
        lists = rules_sudo.env["product.pricelist"]
        for rule in rules_sudo:
            lists |= rule._billing_pricelist()
        lists.with_env(self.env)._billing_note_list()


class ProductProduct(models.Model):
    """Variants of services, likewise."""

    _inherit = "product.product"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"lst_price", "standard_price"}:
            self.product_tmpl_id._billing_note_base()
        return result


class ResPartner(models.Model):
    """Customers and the pricelist that is theirs."""

    _inherit = "res.partner"

    def write(self, vals):
        names = {"property_product_pricelist", "specific_property_product_pricelist"}
        if not vals.keys() & names:
            return super().write(vals)
        lists = self.sudo().mapped("property_product_pricelist")  # sudo: to note it
        result = super().write(vals)
        (lists | self.sudo().mapped("property_product_pricelist"))._billing_note_list()
        return result


class ResCurrencyRate(models.Model):
    """Exchange rates, by which foreign costs and pricelists are converted."""

    _inherit = "res.currency.rate"

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        self._billing_note_currencies(rates.currency_id)
        return rates

    def write(self, vals):
        before = self.currency_id
        result = super().write(vals)
        self._billing_note_currencies(before | self.currency_id)
        return result

    def unlink(self):
        self._billing_note_currencies(self.currency_id)
        return super().unlink()

    @api.model
    def _billing_note_currencies(self, currencies):
        """Log that the user changed a rate, for requests that may be priced anew by it.

        These are drafts that were submitted before. Work that waits for a decision
        keeps its price, and whoever approves a first submission sees the price.

        :param currencies: whose rates changed
        """
        # sudo: requests of whoever uses the currency
        drafts_sudo = self.env["project.billing.request"].sudo()
        domain = [("state", "=", "draft"), ("approval_ids.decision", "=", "submit")]
        for draft_sudo in drafts_sudo.search(domain):
            if draft_sudo._converts(currencies):
                draft_sudo._note_changer()


class ProjectBillingRequest(models.Model):
    """Requests for work whose price was converted from another currency."""

    _inherit = "project.billing.request"

    def _converts(self, currencies):
        """Tell whether prices of this project depend on the rate of some currencies.

        :param currencies: other than that of the company, which has no rate
        """
        self.ensure_one()
        used, own = self.env["res.currency"], self.currency_id
        for rule in self.project_id.billing_rule_ids:
            if rule.kind == "time" and not rule.price_unit or rule.kind == "cost":
                used |= rule._billing_pricelist().currency_id
        self.env["project.billing.item"].flush_model(["kind", "pricing", "project_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT (pricing ->> key)::int FROM project_billing_item,"
                " unnest(ARRAY['currency_id', 'cost_currency_id']) AS key"
                " WHERE kind = 'cost' AND project_id = %s AND pricing ->> key <> ''",
                self.project_id.id,
            )
        )
        used |= used.browse(row[0] for row in rows)
        foreign = used - own
        return bool(foreign and (foreign | own) & currencies)
