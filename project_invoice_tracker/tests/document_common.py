"""Work to be billed, for the tests of what the client gets."""

from datetime import date

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class DocumentCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.design, cls.build = cls.env["project.task"].create(
            [
                {"name": name, "project_id": cls.project.id}
                for name in ("Design", "Build")
            ]
        )

    @classmethod
    def _create_template(cls, **values):
        return cls.env["project.billing.template"].create(
            {"name": "Everything", "company_id": cls.company.id, **values}
        )

    def _log_two_tasks(self):
        """Log 1:20 of Ann on a task, 0:20 and 0:20 of Bob on another."""
        third = 1 / 3
        self._log(4 / 3, task_id=self.design.id, name="Logo // third attempt")
        for name in ("Server", "Backup // forgotten"):
            self._log(
                third,
                date(2026, 3, 3),
                task_id=self.build.id,
                employee_id=self.bob.id,
                name=name,
            )

    def _annex(self, move, lang="en_US"):
        return move.sudo().with_context(lang=lang)._billing_annex()

    def _content(self, move):
        """Return the content of the only snapshot of an invoice."""
        annex = self.env["project.billing.annex"].search([("move_id", "=", move.id)])
        self.assertEqual(len(annex), 1)
        return annex.content


def rows_of(table):
    """Return the rows of a table of the annex, of all groups."""
    return [row for group in table["groups"] for row in group["rows"]]
