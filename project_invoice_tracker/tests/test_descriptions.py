"""Descriptions of work: those that nobody wrote, and those without an end."""

from odoo.tests import tagged

from ..billing.texts import LONGEST
from ..exceptions import SourceClosed
from ..models.annex_reader import AnnexReader
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestDescriptions(BillingCommon):
    def _item(self, entry):
        return self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )

    def test_time_without_description(self):
        """“/” is Odoo's word for nothing: no line, annex or sentence prints it."""
        self.rule.detail = "entry"
        task = self.env["project.task"].create(
            {"name": "Design", "project_id": self.project.id}
        )
        entry = self._log(1, name="/", task_id=task.id)
        bare = self._log(1, name=False)
        self.assertEqual(bare.name, "/")
        self.assertFalse((self._item(entry) | self._item(bare)).filtered("name"))
        self.assertNotIn("/", self._item(entry).display_name[10:])
        request = self._prepare()
        names = request.line_ids.mapped("name")
        self.assertIn("Design", names[0])
        self.assertFalse([name for name in names if name.endswith("/")], names)
        [(content, _files)] = AnnexReader(request).contents().values()
        self.assertEqual([row["text"] for row in content["time"]], ["", ""])
        with self.assertRaises(SourceClosed) as caught:
            bare.unit_amount = 2
        self.assertIn("Without a description", str(caught.exception))
        self.assertNotIn("“/”", str(caught.exception))

    def test_items_of_before_print_nothing_either(self):
        """What an earlier version stored as “/” is not printed by a new line."""
        self.rule.detail = "entry"
        entry = self._log(1, name="/")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE project_billing_item SET name = '/' WHERE analytic_line_id = %s",
            [entry.id],
        )
        self.env.invalidate_all()
        line = self._prepare().line_ids
        self.assertNotIn(", /", line.name)

    def test_description_without_an_end(self):
        """25,000 characters stop nothing: cut in texts, named short in sentences."""
        self.rule.detail = "entry"
        entry = self._log(1, name="Workshop " * 3000)
        self._log(2)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 300)
        cut = request.line_ids.filtered(lambda line: line.name.endswith("…"))
        self.assertEqual(len(cut), 1)
        self.assertLessEqual(len(cut.name), LONGEST)
        self.assertLessEqual(len(self._item(entry).name), LONGEST)
        with self.assertRaises(SourceClosed) as caught:
            entry.unit_amount = 3
        self.assertIn("“Workshop Workshop", str(caught.exception))
        self.assertLess(len(str(caught.exception)), 400)
        self._post(request)

    def test_names_of_tasks_and_milestones_without_an_end(self):
        self.rule.detail = "task"
        task = self.env["project.task"].create(
            {"name": "Task " * 5000, "project_id": self.project.id}
        )
        self._log(1, task_id=task.id)
        self._create_rule(
            kind="milestone", contract_amount=100, product_id=self.product_a.id
        )
        milestone = self._create_milestones(100)
        milestone.name = "Phase " * 5000
        milestone.is_reached = True
        request = self._prepare()
        self.assertEqual(len(request.line_ids), 2)
        self.assertTrue(all(line.name.endswith("…") for line in request.line_ids))
        self._post(request)
