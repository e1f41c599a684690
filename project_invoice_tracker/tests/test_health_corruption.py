"""Sixty ways to break the database past the add-on, each found by name."""

from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.acceptance_sql import TELL_THE_PAST
from ..models.health_approved_sql import TELL_PAST_PAPER
from ..models.health_checks import CHECKS
from ..models.journal_chain_sql import PAGE_THE_PAST
from .health_common import HealthCommon

LINE = "UPDATE project_billing_line SET {} WHERE id = %(line_{})s"
ITEM = "UPDATE project_billing_item SET {} WHERE id = %(item_{})s"
ENTRY = "UPDATE account_analytic_line SET {} WHERE id = %(entry_{})s"
REQUEST = "UPDATE project_billing_request SET {} WHERE id = %(request_{})s"
MOVE = "UPDATE account_move SET {} WHERE id = %(move_{})s"
MOVE_LINE = "UPDATE account_move_line SET {} WHERE id = %(move_line_{})s"
OFF = "ALTER TABLE project_billing_journal DISABLE TRIGGER USER;"
ROW = "project_billing_journal WHERE action = '{}' AND company_id = %(company)s"
JOURNAL = OFF + "UPDATE project_billing_journal SET {}"
PAGE_OFF = "ALTER TABLE project_billing_journal_page DISABLE TRIGGER USER;"
SLICES = "UPDATE project_billing_allocation SET {}"
UNTAX = "DELETE FROM account_move_line_account_tax_rel WHERE account_move_line_id"
FUNCTION = """
    CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN {}; END $$
"""
#: (what is done, the check that finds it, the statements)
FAULTS = (
    # prices, discounts, quantities and texts of lines
    ("price of a draft line", "line_prices", LINE.format("price_unit = 1", "draft")),
    ("discount of a draft line", "line_prices", LINE.format("discount = 9", "draft")),
    ("quantity of a draft line", "draft_lines", LINE.format("quantity = 9", "draft")),
    *(
        (f"{name} of a submitted line", "approved", LINE.format(change, "submitted"))
        for name, change in (
            ("price", "price_unit = 1"),
            ("discount", "discount = 9"),
            ("quantity", "quantity = 9"),
            ("amount", "price_subtotal = 1"),
            ("text", "name = 'Other'"),
            ("service", "product_id = %(product)s"),
        )
    ),
    (
        "price of an approved line",
        "approved",
        LINE.format("price_unit = 1", "approved"),
    ),
    ("text of an invoiced line", "approved", LINE.format("name = 'Other'", "posted")),
    (
        "taxes of an approved line",
        "approved",
        "DELETE FROM account_tax_project_billing_line_rel"
        " WHERE project_billing_line_id = %(line_approved)s",
    ),
    (
        "a line more than approved",
        "approved",
        "INSERT INTO project_billing_line (request_id, kind, name, product_id, unit,"
        " quantity, price_unit, project_id, company_id)"
        " SELECT request_id, kind, 'More', product_id, unit, 0, 5, project_id,"
        " company_id FROM project_billing_line WHERE id = %(line_approved)s",
    ),
    # requests
    *(
        (
            f"{name} of an approved request",
            "approved",
            REQUEST.format(change, "approved"),
        )
        for name, change in (
            ("customer", "partner_id = %(other_partner)s"),
            ("reference", "customer_reference = 'X'"),
            ("message", "narration = '<p>Other</p>'"),
            ("payment term", "payment_term_id = %(term)s"),
            ("untaxed amount", "amount_untaxed = 1"),
            ("taxes", "amount_tax = 1"),
        )
    ),
    (
        "project of a request",
        "projects",
        REQUEST.format("project_id = %(other_project)s", "draft"),
    ),
    (
        "project of a line",
        "kept_projects",
        LINE.format("project_id = %(other_project)s", "draft"),
    ),
    (
        "company of a step",
        "kept_projects",
        "UPDATE project_billing_approval SET company_id = %(other_company)s"
        " WHERE request_id = %(request_approved)s",
    ),
    ("state of a request", "unapproved", REQUEST.format("state = 'approved'", "draft")),
    (
        "state of an invoiced request",
        "request_states",
        REQUEST.format("state = 'draft'", "invoiced"),
    ),
    (
        "an approval that counts again",
        "approval_log",
        "UPDATE project_billing_approval SET valid = NOT coalesce(valid, FALSE)"
        " WHERE request_id = %(request_approved)s",
    ),
    (
        "the content of an approval",
        "approval_log",
        "UPDATE project_billing_approval SET content = content || "
        "jsonb_build_object('lines', '{}'::jsonb)"
        " WHERE request_id = %(request_approved)s AND content IS NOT NULL",
    ),
    (
        "the amount of an approval",
        "approval_log",
        "UPDATE project_billing_approval SET amount = 1"
        " WHERE request_id = %(request_approved)s",
    ),
    (
        "the comment of an approval",
        "approval_log",
        "UPDATE project_billing_approval SET comment = 'Fine'"
        " WHERE request_id = %(request_approved)s",
    ),
    # items
    *(
        (f"{name} of an open item", check, ITEM.format(change, "open"))
        for name, check, change in (
            ("price", "prices", "price_unit = 1"),
            ("discount", "prices", "discount = 9"),
            ("amount", "amounts", "amount = 1"),
            ("amount to bill", "amounts", "amount_open = 1"),
            ("project", "projects", "project_id = %(other_project)s"),
            ("day", "open_entries", "date = '2026-01-01'"),
            ("person", "open_entries", "employee_id = %(bob)s"),
            ("counter", "counters", "quantity_open = 0, quantity_billed = quantity"),
        )
    ),
    *(
        (f"{name} of a billed item", check, ITEM.format(change, "posted"))
        for name, check, change in (
            ("price", "line_prices", "price_unit = 1"),
            ("price", "prices", "price_unit = 1"),
            ("discount", "line_prices", "discount = 9"),
            ("amount", "amounts", "amount = 1"),
            ("project", "projects", "project_id = %(other_project)s"),
            ("text", "billed_entries", "name = 'Other'"),
            ("day", "billed_entries", "date = '2026-01-01'"),
        )
    ),
    # entries
    *(
        (f"{name} of a billed entry", check, ENTRY.format(change, "posted"))
        for name, check, change in (
            ("hours", "sources", "unit_amount = 9"),
            ("project", "sources", "project_id = %(other_project)s"),
            ("day", "billed_entries", "date = '2026-01-01'"),
            ("text", "billed_entries", "name = 'Other'"),
            ("task", "billed_entries", "task_id = %(task)s"),
            ("person", "billed_entries", "employee_id = %(bob)s"),
        )
    ),
    *(
        (f"{name} of an open entry", "open_entries", ENTRY.format(change, "open"))
        for name, change in (
            ("hours", "unit_amount = 9"),
            ("day", "date = '2026-01-05'"),
            ("text", "name = 'Other'"),
            ("task", "task_id = %(task)s"),
            ("person", "employee_id = %(bob)s"),
        )
    ),
    # invoices
    *(
        (f"{name} of a draft invoice", "invoices", statement)
        for name, statement in (
            ("customer", MOVE.format("partner_id = %(other_partner)s", "invoiced")),
            ("untaxed amount", MOVE.format("amount_untaxed = 1", "invoiced")),
            ("taxes", MOVE.format("amount_tax = 1", "invoiced")),
            ("total", MOVE.format("amount_total = 1", "invoiced")),
            ("price", MOVE_LINE.format("price_unit = 1", "invoiced")),
            ("quantity", MOVE_LINE.format("quantity = 1", "invoiced")),
            ("tax of a line", f"{UNTAX} = %(move_line_invoiced)s"),
        )
    ),
    *(
        (f"{name} of a posted invoice", "posted", statement)
        for name, statement in (
            ("customer", MOVE.format("partner_id = %(other_partner)s", "posted")),
            ("untaxed amount", MOVE.format("amount_untaxed = 1", "posted")),
            ("taxes", MOVE.format("amount_tax = 1", "posted")),
            ("total", MOVE.format("amount_total = 1", "posted")),
            ("text", MOVE_LINE.format("name = 'Other'", "posted")),
            ("price", MOVE_LINE.format("price_unit = 1", "posted")),
            ("discount", MOVE_LINE.format("discount = 1", "posted")),
            ("tax of a line", f"{UNTAX} = %(move_line_posted)s"),
        )
    ),
    (
        "price of a posted line",
        "invoice_lines",
        MOVE_LINE.format("price_unit = 1", "posted"),
    ),
    ("state of an invoice", "following", MOVE.format("state = 'draft'", "posted")),
    # slices
    (
        "quantity of a slice",
        "counters",
        SLICES.format("quantity = quantity + 1 WHERE item_id = %(item_posted)s"),
    ),
    (
        "state of a slice",
        "following",
        SLICES.format("state = 'reserved' WHERE item_id = %(item_posted)s"),
    ),
    # the journal, of every kind
    *(
        (f"a journal row “{action}” {what}", "journal_rows", statement)
        for action in (
            "reserved",
            "billed",
            "submitted",
            "approved",
            "rate_changed",
            "invoice_posted",
            "signed",
            "switch_changed",
        )
        for what, statement in (
            ("deleted", OFF + f"DELETE FROM {ROW.format(action)}"),
            (
                "changed",
                JOURNAL.format("user_id = 1, reason = 'x'")
                + f" WHERE action = '{action}' AND company_id = %(company)s",
            ),
        )
    ),
    *(
        (
            f"{name} of a journal row",
            "journal_rows",
            JOURNAL.format(f"{change} WHERE action = 'billed'"),
        )
        for name, change in (
            ("date", "date = date - interval '1 day'"),
            ("quantity", "quantity = quantity + 1"),
            ("amount", "amount = 1"),
            ("document", "document = 'INV/1'"),
            ("before", "before = NULL"),
            ("company", "company_id = %(other_company)s"),
        )
    ),
    (
        "a journal row written with the triggers off",
        "journal_rows",
        OFF + "INSERT INTO project_billing_journal (date, user_id, action, company_id)"
        " VALUES (now(), 1, 'approved', %(company)s)",
    ),
    (
        "a page of the journal removed",
        "journal_chain",
        PAGE_OFF + "DELETE FROM project_billing_journal_page WHERE number = 2",
    ),
    (
        "the last pages of the journal removed",
        "journal_chain",
        PAGE_OFF + "DELETE FROM project_billing_journal_page"
        " WHERE number = (SELECT max(number) FROM project_billing_journal_page)",
    ),
    (
        "a page of the journal written anew",
        "journal_chain",
        PAGE_OFF + "UPDATE project_billing_journal_page SET content = content || ' '"
        " WHERE number = 2",
    ),
    # milestones and sign-offs
    (
        "price of a milestone",
        "milestones",
        "UPDATE project_milestone SET billing_fixed_price = 1 WHERE id = %(milestone)s",
    ),
    (
        "share of a milestone",
        "milestones",
        "UPDATE project_milestone SET billing_percentage = 1 WHERE id = %(shared)s",
    ),
    *(
        (
            f"{name} of an acceptance",
            "acceptances",
            f"UPDATE project_billing_acceptance SET {change}"
            " WHERE milestone_id = %(milestone)s",
        )
        for name, change in (
            ("decision", "decision = 'refused'"),
            ("name", "name = 'Nobody'"),
            ("address", "email = 'somebody@example.com'"),
            ("day", "day = '2026-01-01'"),
            ("amount", "amount = 1"),
            ("share", "percent = 1"),
        )
    ),
    (
        "an acceptance removed",
        "acceptances",
        "DELETE FROM project_billing_acceptance WHERE milestone_id = %(milestone)s",
    ),
    (
        "an acceptance that nobody gave",
        "acceptances",
        "UPDATE project_milestone SET billing_signed_off = TRUE WHERE id = %(shared)s",
    ),
    # what PostgreSQL runs for us
    *(
        (f"{name} replaced", "functions", FUNCTION.format(name, result))
        for name, result in (
            ("project_billing_journal_append_only", "NEW"),
            ("project_billing_journal_inserted", "NULL"),
            ("project_billing_journal_approval", "NULL"),
            ("project_billing_journal_paged", "NULL"),
            ("project_billing_journal_page_kept", "NEW"),
            ("project_billing_journal_signed", "NULL"),
        )
    ),
    (
        "a trigger that runs at another time",
        "functions",
        "CREATE OR REPLACE TRIGGER project_billing_journal_append_only"
        " BEFORE TRUNCATE ON project_billing_journal FOR EACH STATEMENT"
        " EXECUTE FUNCTION project_billing_journal_append_only()",
    ),
    (
        "a trigger dropped",
        "guards",
        "DROP TRIGGER project_billing_journal_paged ON project_billing_journal",
    ),
    (
        "a constraint dropped",
        "guards",
        "ALTER TABLE project_billing_item"
        " DROP CONSTRAINT project_billing_item_counters_balance",
    ),
)


@tagged("post_install", "-at_install")
class TestHealthCorruption(HealthCommon):
    """A contract in every state, of which one value after the other is changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = {
            "company": cls.company.id,
            "other_company": cls.env["res.company"].create({"name": "Elsewhere"}).id,
            "other_partner": cls.partner_b.id,
            "other_project": cls._create_project(name="Another").id,
            "product": cls.env["product.product"].create({"name": "Other"}).id,
            "term": cls.env["account.payment.term"].create({"name": "Late"}).id,
            "bob": cls.bob.id,
        }
        cls._note("open", cls.project, cls.entry)
        for state in ("draft", "submitted", "approved", "invoiced", "posted"):
            cls._reach(state)
        cls._sign()
        cls.rule.price_unit = 110
        cls.company.billing_allow_self_approval = True

    @classmethod
    def _note(cls, state, project, entry):
        task = cls.env["project.task"].create(
            {"name": "Another", "project_id": project.id}
        )
        cls.ids |= {
            f"entry_{state}": entry.id,
            "task": task.id,
            f"item_{state}": cls.env["project.billing.item"]
            .search([("analytic_line_id", "=", entry.id)])
            .id,
        }

    @classmethod
    def _reach(cls, state):
        """Bring a project of its own to a state, and note its records."""
        project = cls._create_project(name=state)
        cls._create_rule(project)
        entry = cls._log(2, date(2026, 3, 4), project_id=project.id)
        request = cls._prepare(project)
        if state != "draft":
            request.with_user(cls.pm).action_submit()
        if state not in ("draft", "submitted"):
            request.with_user(cls.approver).action_approve()
        if state in ("invoiced", "posted"):
            request.with_user(cls.pm).action_create_invoice()
            move = request.sudo().invoice_id
            if state == "posted":
                move.with_user(cls.accountant).action_post()
            line = move.invoice_line_ids.filtered("billing_line_id")
            cls.ids |= {f"move_{state}": move.id, f"move_line_{state}": line.id}
        cls._note(state, project, entry)
        cls.ids |= {
            f"request_{state}": request.id,
            f"line_{state}": request.line_ids.id,
        }

    @classmethod
    def _sign(cls):
        """A milestone at an agreed price, signed off, and one at a share."""
        project = cls._create_project(name="Contract")
        cls._create_rule(
            project, kind="milestone", contract_amount=9000, milestone_ready="signed"
        )
        [milestone] = cls._create_milestones(
            0, project=project, billing_basis="fixed", billing_fixed_price=4000
        )
        [shared] = cls._create_milestones(50, project=project)
        (milestone | shared).with_user(cls.pm).write({"is_reached": True})
        milestone.with_user(cls.pm).action_billing_sign_off("Carla Client")
        cls.ids |= {"milestone": milestone.id, "shared": shared.id}

    def _found(self, code):
        """Return what a check finds, of this company or, for the guards, of any."""
        self.env.flush_all()
        found = self.health._engine()._find(CHECKS[code])
        return found.get(self.company.id, []) + found.get(self.ids["other_company"], [])

    def test_every_fault_is_found(self):
        """Each is found by its check, which is silent before and after."""
        self.assertGreaterEqual(len(FAULTS), 60)
        # nothing is wrong, and the end of the chain is noted
        self.assertEqual(self._check(), {})
        for name, code, statement in FAULTS:
            with self.subTest(fault=name, check=code):
                self.assertFalse(self._found(code))
                self.env.cr.execute("SAVEPOINT fault")
                self.env.cr.execute(SQL(statement, **self.ids))
                self.assertTrue(self.env.cr.rowcount, "a fault that changes nothing")
                self.env.invalidate_all()
                found = self._found(code)
                self.env.cr.execute("ROLLBACK TO SAVEPOINT fault")
                self.env.invalidate_all()
                self.assertTrue(found, f"{name}: not found by “{code}”")
        self.assertEqual(self._check(), {})

    def test_faults_name_what_they_are_about(self):
        """The sentence names the record, what there is and what was agreed."""
        for code, statement, words in (
            (
                "approved",
                LINE.format("price_unit = 1", "submitted"),
                ("price 1", "agreed was price 100"),
            ),
            (
                "billed_entries",
                ENTRY.format("name = 'Other'", "posted"),
                ("billed as Work; the entry now says Other",),
            ),
            (
                "journal_rows",
                OFF + f"DELETE FROM {ROW.format('rate_changed')}",
                ("was written in the journal; there is now –",),
            ),
            (
                "posted",
                MOVE.format("amount_total = 1", "posted"),
                ("has total 1", "posted was total"),
            ),
        ):
            with self.subTest(check=code):
                self._check()
                self.env.cr.execute("SAVEPOINT fault")
                self.env.cr.execute(SQL(statement, **self.ids))
                self.assertIn(code, self._check())
                sentences = " ".join(self._result(code).finding_ids.mapped("sentence"))
                for part in words:
                    self.assertIn(part, sentences)
                self.env.cr.execute("ROLLBACK TO SAVEPOINT fault")
                self.env.invalidate_all()

    def test_upgrade_tells_what_was_there(self):
        """Of before there was a chain, the journal is sealed as it is, once."""
        self.env.flush_all()
        for statement in (
            PAGE_OFF + "DELETE FROM project_billing_journal_page",
            OFF + "DELETE FROM project_billing_journal"
            " WHERE action IN ('invoice_posted', 'signed')",
            "ALTER TABLE project_billing_journal ENABLE TRIGGER USER",
            "ALTER TABLE project_billing_journal_page ENABLE TRIGGER USER",
        ):
            self.env.cr.execute(statement)
        self.assertEqual(set(self._check()), {"journal_rows", "posted", "acceptances"})
        # an upgrade that is run twice finds nothing to do
        for statement in (PAGE_THE_PAST, TELL_THE_PAST, TELL_PAST_PAPER) * 2:
            self.env.cr.execute(statement)
        self.assertEqual(self._check(), {})

    # === REPAIRS ===

    def _break(self, statement, code):
        self.env.flush_all()
        self.env.cr.execute(SQL(statement, **self.ids))
        self.env.invalidate_all()
        self.assertIn(code, self._check())

    def test_repair_of_a_draft_line(self):
        """The price of the work is what counts; what was submitted goes back."""
        for change in ("price_unit = 1", "discount = 9"):
            self._break(LINE.format(change, "draft"), "line_prices")
            self._repair("line_prices")
            line = self.env["project.billing.line"].browse(self.ids["line_draft"])
            self.assertEqual((line.price_unit, line.discount), (100, 0))
            self.assertEqual(self._check(), {})

    def test_repair_of_what_was_submitted(self):
        """It goes back to draft, for its manager to look at."""
        self._break(LINE.format("price_unit = 1", "approved"), "approved")
        self._repair("approved")
        request = self.env["project.billing.request"].browse(
            self.ids["request_approved"]
        )
        self.assertEqual(request.state, "draft")
        self._repair("line_prices")
        self.assertEqual(self._check(), {})

    def test_repair_of_open_work(self):
        """What is open is read and priced again."""
        for statement, code in (
            (ITEM.format("price_unit = 1", "open"), "prices"),
            (ITEM.format("amount_open = 1", "open"), "amounts"),
            (ENTRY.format("unit_amount = 9", "open"), "open_entries"),
            (ENTRY.format("name = 'Other'", "open"), "open_entries"),
        ):
            self._break(statement, code)
            self._repair(code)
            self.assertEqual(self._check(), {})
        item = self.env["project.billing.item"].browse(self.ids["item_open"])
        self.assertEqual((item.name, item.price_unit, item.amount), ("Other", 110, 990))

    def test_repair_of_projects_and_milestones(self):
        """The request, and the price that was agreed, are what counts."""
        self._break(
            LINE.format("project_id = %(other_project)s", "draft"), "kept_projects"
        )
        self._repair("kept_projects")
        self._break(
            "UPDATE project_milestone SET billing_fixed_price = 3000"
            " WHERE id = %(milestone)s",
            "milestones",
        )
        self._repair("milestones")
        self.assertEqual(self._check(), {})

    def test_repair_of_functions(self):
        """The functions and triggers of the add-on are put back."""
        self._break(
            FUNCTION.format("project_billing_journal_append_only", "NEW"), "functions"
        )
        self._repair("functions")
        self._break(
            "CREATE OR REPLACE TRIGGER project_billing_journal_append_only"
            " BEFORE TRUNCATE ON project_billing_journal FOR EACH STATEMENT"
            " EXECUTE FUNCTION project_billing_journal_append_only()",
            "functions",
        )
        self._repair("functions")
        self.assertEqual(self._check(), {})
