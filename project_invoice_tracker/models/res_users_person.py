"""People with several logins: they count as one person in approvals."""

from odoo import api, models
from odoo.tools import SQL

#: Logins that share a contact: their own, or the work contact of their employee.
SHARED_CONTACTS = """
    SELECT array_agg(DISTINCT link.user_id)
      FROM (SELECT id AS user_id, partner_id FROM res_users
             UNION ALL
            SELECT user_id, work_contact_id FROM hr_employee
             WHERE user_id IS NOT NULL AND work_contact_id IS NOT NULL
           ) AS link
     GROUP BY link.partner_id
    HAVING count(DISTINCT link.user_id) > 1
"""


class ResUsers(models.Model):
    """Find the logins that belong to one person."""

    _inherit = "res.users"

    @api.model
    def _billing_logins(self, user_ids, people=None):
        """Return these users and all other logins of the same people.

        :param user_ids: ids
        :param dict people: of :meth:`_billing_people`, for who asks often
        :returns: set of ids
        """
        people = self._billing_people() if people is None else people
        return {
            login for user_id in user_ids for login in people.get(user_id, (user_id,))
        }

    @api.model
    def _billing_people(self):
        """Return ``{user id: ids of all logins}`` of people with several.

        They share a contact, or the employee of one has the contact of the other.
        """
        self.env["res.users"].flush_model(["partner_id"])
        self.env["hr.employee"].flush_model(["user_id", "work_contact_id"])
        people = {}
        for (ids,) in self.env.execute_query(SQL(SHARED_CONTACTS)):
            together = set(ids).union(*(people.get(user_id, ()) for user_id in ids))
            for user_id in together:
                people[user_id] = together
        return people
