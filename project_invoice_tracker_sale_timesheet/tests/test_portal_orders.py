"""The client's pages where an order invoices: no word of "nothing"."""

from lxml import html

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestPortalOrders(HandoverCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = new_test_user(
            cls.env,
            "client_test",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.client.partner_id.parent_id = cls.partner_a

    def _page(self, address=""):
        self.env.flush_all()
        page = self.url_open(f"/my/billing{address}")
        self.assertEqual(page.status_code, 200)
        return html.fromstring(page.content)

    def test_invoiced_by_an_order(self):
        """Both pages name the order, once its invoice is posted."""
        item = self._order(self.sold_fixed, 10)
        self.authenticate("client_test", "client_test")
        address = f"/{self.project.id}"
        move = item.order_id._create_invoices()
        self.assertIn("Nothing invoiced yet", self._page().text_content())
        self.assertIn("Nothing has been invoiced", self._page(address).text_content())
        move.action_post()
        [said] = self._page().xpath("//*[@name='sold']")
        self.assertEqual(said.text_content().strip(), "Invoiced by your order")
        self.assertNotIn("Nothing invoiced yet", self._page().text_content())
        page = self._page(address)
        self.assertNotIn("Nothing has been", page.text_content())
        self.assertFalse(page.xpath("//section[@id='invoices']//form"))
        [link] = page.xpath("//p[@name='sold']/a")
        self.assertEqual(link.text_content(), item.order_id.name)
        self.assertEqual(self.url_open(link.get("href")).status_code, 200)

    def test_both(self):
        """Invoices of requests are listed, and the order is named below."""
        item = self._order(self.sold_fixed, 10)
        item.order_id._create_invoices().action_post()
        self.project.sale_line_id = self.task.sale_line_id = False
        self._log(2, "2026-03-02", task_id=self.task.id)
        move = self._post()
        self.authenticate("client_test", "client_test")
        page = self._page(f"/{self.project.id}")
        section = page.xpath("//section[@id='invoices']")[0].text_content()
        self.assertIn(move.name, section)
        self.assertIn(item.order_id.name, section)

    def test_order_of_another_customer(self):
        """I5: an order of somebody else is named nowhere."""
        item = self._order(self.sold_fixed, 10)
        item.order_id._create_invoices().action_post()
        sold = self.project.sudo()._billing_portal_sold
        self.assertTrue(sold(self.partner_a))
        self.assertFalse(sold(self.partner_b))
