"""Two answers to one request for sign-off at once: one counts (I1, I3)."""

from datetime import date

from odoo.tests import tagged

from ..exceptions import BillingError
from .concurrency_common import ConcurrencyCase
from .portal_common import SIGNATURE


@tagged(
    "pit_concurrency",
    "-standard",
    "-at_install",
    "post_install",
    "database_breaking",
)
class TestConcurrencySignOff(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        with self._session() as env:
            env["project.billing.rule"].create(
                {
                    "project_id": self.project_id,
                    "kind": "milestone",
                    "contract_amount": 1000,
                    "milestone_ready": "signed",
                    "date_start": date(2026, 1, 1),
                }
            )
            milestone = env["project.milestone"].create(
                {
                    "name": "Design",
                    "project_id": self.project_id,
                    "billing_basis": "percentage",
                    "billing_percentage": 100,
                    "is_reached": True,
                }
            )
            self.milestone_id = milestone.id
        with self._session("pm") as env:
            own = env["project.milestone"].browse(self.milestone_id)
            own.action_billing_ask_sign_off([])

    def _decision(self, decision, **answer):
        """Return a step that decides as the page does, with elevated rights."""

        def decide(env):
            milestone = env["project.milestone"].browse(self.milestone_id).sudo()
            partner = env["res.partner"].browse(self.partner_id)
            answer.update({"name": "Client", "signature": SIGNATURE})
            return milestone._billing_decide(decision, partner, **answer).id

        return None, decide

    def _decided(self):
        """Return the log, and what may be billed."""
        with self._session() as env:
            milestone = env["project.milestone"].browse(self.milestone_id)
            items = milestone.billing_item_ids.sorted("part")
            rows = milestone.billing_acceptance_ids.sorted("id")
            return (
                rows.mapped("decision"),
                [(item.amount, item.ready) for item in items],
            )

    def test_two_tabs(self):
        """I1: a double click in two tabs is one acceptance."""
        accept = self._decision("accepted")
        _row, error = self._race(accept, accept)
        self.assertIsInstance(error, BillingError)
        self.assertIn("does not wait", str(error))
        self.assertEqual(self._decided(), (["accepted"], [(1000, True)]))

    def test_accept_and_refuse(self):
        """I3: of two people who decide at once the second is told to look again."""
        refuse = self._decision("refused", reason="No")
        _row, error = self._race(refuse, self._decision("accepted"))
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._decided(), (["refused"], [(1000, False)]))

    def test_two_parts(self):
        """I1: two parts at once are one."""
        _row, error = self._race(
            self._decision("part", percent="40"), self._decision("part", percent="50")
        )
        self.assertIsInstance(error, BillingError)
        self.assertEqual(self._decided(), (["part"], [(400, True), (600, False)]))

    def test_client_and_manager(self):
        """I3: the manager notes an acceptance while the client refuses."""

        def note(env):
            own = env["project.milestone"].browse(self.milestone_id)
            return own.action_billing_sign_off("Client", "2026-03-05")

        refuse = self._decision("refused", reason="No")
        _row, error = self._race(refuse, ("pm", note))
        # the manager may still note what the client says afterwards, by telephone
        self.assertTrue(error)
        self.assertEqual(self._decided(), (["refused", "accepted"], [(1000, True)]))
