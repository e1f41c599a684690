"""Sign-off at its edges: what the page says, who is told, and when time is over."""

import base64
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.misc import hash_sign

from ..exceptions import BillingError
from ..models.project_milestone_deciding import LARGEST_SIGNATURE
from .portal_common import SIGNATURE, PortalCommon

LOGGER = "odoo.addons.project_invoice_tracker.models.project_milestone_deciding"


@tagged("post_install", "-at_install")
class TestSignOffPage(PortalCommon):
    def _page(self, milestone=None, partner=None):
        milestone = (milestone or self.first).sudo()
        return milestone._billing_client_page(partner or self.contact)

    def test_revoked(self):
        """What was revoked is not shown as accepted; what came after it is."""
        own = self.first.with_user(self.pm)
        self._ask()
        self._decide()
        self.assertEqual(self._page()["last"]["decision"], "accepted")
        own.action_billing_revoke_sign_off("It was the wrong one")
        self.assertFalse(self._page()["last"])
        self._ask()
        self._decide("question", reason="Again?")
        self.assertEqual(self._page()["last"]["decision"], "question")

    def test_not_reached_any_more(self):
        """Nobody decides on what is not delivered any more."""
        self._ask()
        self.assertTrue(self._page()["waits"])
        self.first.is_reached = False
        self.assertFalse(self._page()["waits"])
        with self.assertRaisesRegex(BillingError, "does not wait"):
            self._decide()

    def test_prices(self):
        """I5: the price, and that of a share, for who pays and where it is shown."""
        self._ask()
        milestone = self.first.sudo()
        self.assertEqual(self._page()["price"], "$\xa04,000.00")
        share = milestone._billing_client_share(self.contact, "12,5")
        self.assertEqual(share, ("12.5", "$\xa0500.00"))
        self._decide("part", percent="12.5")
        self._ask()
        share = milestone._billing_client_share(self.contact, "25")
        self.assertEqual(share, ("25", "$\xa01,000.00"))
        self.assertEqual(
            milestone._billing_client_share(self.contact, "87.5"), ("", "")
        )
        self.contract.portal_prices = False
        self.assertEqual(self._page()["price"], "")
        self.contract.portal_prices = True
        self.project.billing_partner_id = self.partner_b
        self.assertEqual(self._page()["price"], "")
        share = milestone._billing_client_share(self.contact, "25")
        self.assertEqual(share, ("25", ""))

    def test_answers_at_their_limits(self):
        """No more than is left; a signature and a name that are just too long."""
        self._ask()
        self._decide("part", percent="60")
        self._ask()
        for percent in ("40", "50"):
            with self.assertRaisesRegex(BillingError, "below 40 %"):
                self._decide("part", percent=percent)
        # whatever follows the picture is not looked at
        picture = base64.b64decode(SIGNATURE).ljust(LARGEST_SIGNATURE, b"x")
        for raw, name, sentence in (
            (picture + b"x", "Carla", "your signature"),
            (picture, "x" * 201, "shorter name"),
        ):
            with self.assertRaisesRegex(BillingError, sentence):
                self._decide(name=name, signature=base64.b64encode(raw).decode())
        row = self._decide(name="x" * 200, signature=base64.b64encode(picture).decode())
        self.assertEqual((row.percent, row.amount), (40, 1600))

    def test_token_without_a_nonce(self):
        """I27: once nobody is asked, not even a well signed token opens anything."""
        self._ask()
        self.first.with_user(self.pm).action_billing_withdraw_ask()
        token = hash_sign(
            self.env(su=True),
            "project_invoice_tracker/sign_off",
            [self.first.id, self.contact.id, None],
            timedelta(hours=1),
        )
        found = self.first._billing_find_by_token(self.first.id, token)
        self.assertFalse(found[0])

    def test_logins(self):
        """I5: by login nobody finds what is hidden, or of a customer of today."""
        self._ask()

        def found():
            self.env.invalidate_all()
            milestones = self.env["project.milestone"]
            return milestones._billing_find_for_client(self.first.id, self.client_user)[
                0
            ]

        self.assertEqual(found(), self.first)
        self.project.billing_portal_hidden = True
        self.assertFalse(found())
        self.project.billing_portal_hidden = False
        self._log(1)
        self._post()
        self.project.partner_id = self.partner_b
        projects = self.env["project.project"]
        self.assertTrue(projects._billing_portal_projects(self.client_user))
        self.assertFalse(found(), "who paid once decides nothing")

    def test_links_hold_ninety_days(self):
        token = self._ask()
        for days, found in ((89, True), (91, False)):
            with freeze_time(self.first.billing_ask_date) as clock:
                clock.tick(days * 24 * 3600)
                milestone, _partner = self.first._billing_find_by_token(
                    self.first.id, token
                )
                self.assertEqual(bool(milestone), found, days)

    def test_asking_edges(self):
        """Contacts whom the manager may read, with an address; a rule to bill by."""
        own = self.first.with_user(self.pm)
        other = self.setup_other_company()["company"]
        silent, abroad = self.env["res.partner"].create(
            [
                {"name": "Silent", "parent_id": self.customer.id},
                {
                    "name": "Abroad",
                    "parent_id": self.customer.id,
                    "email": "a@client.example",
                    "company_id": False,
                },
            ]
        )
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s",
            (other.id, abroad.id),
        )
        self.env.invalidate_all()
        for contact in (silent, abroad):
            with self.assertRaisesRegex(BillingError, "only contacts"):
                own.action_billing_ask_sign_off(contact.ids)
        self._ask()
        with self.assertRaises(AccessError):
            self.first.with_user(self.other_pm).action_billing_withdraw_ask()
        self._decide("part", percent="25")
        self._ask()
        own.action_billing_withdraw_ask()
        self.assertEqual(self.first.billing_sign_off_state, "part")
        bare = self._create_project(name="By time", partner_id=self.customer.id)
        self._create_rule(bare)
        milestone = self._create_milestones(10, project=bare)
        milestone.is_reached = True
        with self.assertRaisesRegex(BillingError, "no billing rule for milestones"):
            milestone.with_user(self.pm).action_billing_ask_sign_off([])


@tagged("post_install", "-at_install")
class TestSignOffTelling(PortalCommon):
    def _rows(self, kind):
        return self.env["project.billing.outbox"].search(
            [("kind", "=", kind)], order="id"
        )

    def test_mail_of_an_earlier_request(self):
        """Asked twice before the mails went out: the one with the living link goes."""
        self._ask()
        self._ask()
        self._deliver()
        self.assertEqual(self._rows("sign_off").mapped("state"), ["skipped", "done"])

    def test_contact_left_the_customer(self):
        """No link for who belongs to another customer by the time of the mail."""
        self._ask()
        self.contact.parent_id = self.partner_b
        self._deliver()
        row = self._rows("sign_off")
        self.assertFalse(row.message_id)
        self.assertIn("does not belong to the customer", row.error)

    def test_who_asks_for_it(self):
        """The mail is in the name of who asks, be it a deputy."""
        self.project.write(
            {
                "billing_deputy_ids": self.other_pm.ids,
                "privacy_visibility": "employees",
            }
        )
        own = self.first.with_user(self.other_pm)
        own.action_billing_ask_sign_off(self.contact.ids)
        self._deliver()
        author = self._rows("sign_off").message_id.author_id
        self.assertEqual(author, self.other_pm.partner_id)

    def test_manager_left(self):
        """A deputy is told when there is no manager; then whoever asked."""
        self.project.billing_deputy_ids = self.other_pm
        self._ask()
        self.pm.active = False
        self._decide("question", reason="Who?")
        self.assertEqual(self._rows("signed").user_id, self.other_pm)
        self.project.billing_deputy_ids = False
        self._decide("question", reason="And now?")
        self.assertEqual(self._rows("signed")[1].user_id, self.pm)

    def test_what_is_an_activity(self):
        """A question and a part wait for the manager; an acceptance does not."""
        for decision, count in (("question", 1), ("part", 2), ("accepted", 2)):
            self._ask()
            self._decide(decision, reason="Why?", percent="10")
            self._deliver()
            self.assertEqual(len(self.project.activity_ids), count, decision)

    def test_no_request_for_a_refusal(self):
        """By the switch, only what was accepted is billed at once."""
        self.contract.request_on_acceptance = True
        self._log(2)
        for decision in ("refused", "question"):
            self._ask()
            self._decide(decision, reason="No")
        self._deliver()
        requests = self.env["project.billing.request"]
        domain = [("project_id", "=", self.project.id)]
        self.assertFalse(requests.search(domain))
        self._decide("part", percent="50")
        self._deliver()
        self.assertEqual(requests.search(domain).amount_untaxed, 2200)


@tagged("post_install", "-at_install")
class TestSignOffDeadline(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.deemed_days = 14
        cls.company.partner_id.tz = "UTC"

    def _rows(self):
        return self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])

    def _ask_on(self, day, milestone=None):
        with freeze_time(f"{day} 09:00:00"):
            self._ask(milestone)
            self._deliver()

    def test_second_mail_keeps_the_day(self):
        """The day that a mail named is not moved by the next contact's mail."""
        other = self._create_client("colleague_test", self.customer).partner_id
        with freeze_time("2026-03-10 09:00:00"):
            own = self.first.with_user(self.pm)
            own.action_billing_ask_sign_off((self.contact | other).ids)
            late = self._rows().filtered(
                lambda row: row.payload["partner_id"] == other.id
            )
            late._engine().next_try = "2026-03-15 09:00:00"
            self._deliver()
        self.assertEqual(str(self.first.billing_deemed_date), "2026-03-24")
        with freeze_time("2026-03-15 09:30:00"):
            self._deliver()
        self.assertEqual(late.state, "done")
        self.assertEqual(str(self.first.billing_deemed_date), "2026-03-24")

    def test_mail_of_an_earlier_request(self):
        """A mail that was seen counts for its own request only."""
        self._ask_on("2026-03-10")
        self._mail_is_out()
        with freeze_time("2026-03-20 09:00:00"):
            self._ask()
        self.assertFalse(self.first.billing_deemed_date)
        with freeze_time("2026-03-20 09:00:00"):
            self._deliver()
        rows = self._rows().filtered(lambda row: row.payload["number"] == 2)
        rows._engine().mail_checked = False
        self.assertEqual(str(self.first.billing_deemed_date), "2026-04-03")
        self._deem()
        self.assertFalse(self.first.billing_acceptance_ids)

    def test_what_stops_it(self):
        """Not delivered any more, or withdrawn: nothing is deemed, no day stays."""
        self._ask_on("2026-03-10")
        self._mail_is_out()
        self.first.is_reached = False
        self._deem()
        self.assertFalse(self.first.billing_acceptance_ids)
        self.first.with_user(self.pm).action_billing_withdraw_ask()
        self.assertFalse(self.first.billing_deemed_date)

    def test_one_that_fails_stops_nobody(self):
        self.second.is_reached = True
        for milestone in (self.first, self.second):
            self._ask_on("2026-03-10", milestone)
        self._mail_is_out()
        milestones = type(self.first)
        deem, bad = milestones._billing_deem, self.first

        def fail(milestone):
            if milestone == bad:
                raise BillingError("Cannot")
            return deem(milestone)

        with (
            patch.object(milestones, "_billing_deem", fail),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            self._deem()
        self.assertFalse(self.first.billing_acceptance_ids)
        self.assertEqual(self.second.billing_acceptance_ids.decision, "deemed")
