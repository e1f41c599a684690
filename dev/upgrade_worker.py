"""One side of an upgrade: ``python -m dev.upgrade_worker WHAT DATABASE CONF``.

``play`` runs with the released code, ``figures`` with any, ``finish`` with today's.
The last line of the output is the result as JSON.
"""

import contextlib
import json
import sys

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

from . import chaos_checks, chaos_faults
from .chaos_world import UNTIL

#: What an upgrade must not move; in terms of columns that every version has.
FIGURES = {
    "items": """
        SELECT project.name ->> 'en_US', item.kind, item.name, item.date::text,
               item.ready, item.state, item.quantity, item.quantity_open,
               item.quantity_reserved, item.quantity_billed,
               item.quantity_written_off, item.price_unit, item.amount,
               item.amount_open
          FROM project_billing_item item
          JOIN project_project project ON project.id = item.project_id
    """,
    "slices": """
        SELECT item_id, line_id, request_id, quantity, action, state, reason,
               release_cause, reverted FROM project_billing_allocation
    """,
    "requests": """
        SELECT name, state, partner_id, currency_id, user_id, invoice_id,
               amount_untaxed, amount_tax, amount_total, date_from::text,
               date_to::text FROM project_billing_request
    """,
    "lines": """
        SELECT id, request_id, name, quantity, price_unit, price_subtotal, price_total
          FROM project_billing_line
    """,
    "approvals": """
        SELECT request_id, decision, user_id, amount, valid
          FROM project_billing_approval
    """,
    "documents": """
        SELECT name, state, move_type, payment_state, amount_untaxed, amount_tax,
               amount_total, amount_residual FROM account_move
    """,
    "entries": """
        SELECT move_id, name, quantity, price_unit, balance, billing_line_id
          FROM account_move_line
    """,
}
#: Open minutes and pieces that are ready, and what requests hold, by project.
OPEN = """
    SELECT project.name ->> 'en_US', item.kind, sum(item.quantity_open)
      FROM project_billing_item item
      JOIN project_project project ON project.id = item.project_id
     WHERE item.ready AND item.quantity_open <> 0 GROUP BY 1, 2
"""


#: What belongs to accounting, and has to stay as it is without the add-on.
DOCUMENTS = {
    "documents": """
        SELECT id, name, state, move_type, payment_state, partner_id, ref,
               amount_untaxed, amount_tax, amount_total, amount_residual, narration,
               invoice_origin, invoice_date::text FROM account_move
    """,
    "entries": """
        SELECT id, move_id, name, display_type, account_id, product_id, quantity,
               price_unit, discount, balance, amount_currency, price_subtotal,
               analytic_distribution::text FROM account_move_line
    """,
    "taxes": "SELECT * FROM account_move_line_account_tax_rel",
    "chatter": """
        SELECT id, res_id, body, author_id FROM mail_message
         WHERE model = 'account.move'
    """,
    "time": """
        SELECT id, date::text, name, unit_amount, amount, project_id, employee_id
          FROM account_analytic_line
    """,
    "milestones": "SELECT id, name, is_reached, project_id FROM project_milestone",
}
#: Minutes and pieces that are on no invoice, by source.
UNBILLED = """
    WITH held AS (
        SELECT slice.item_id, sum(slice.quantity) AS quantity
          FROM project_billing_allocation slice
          JOIN project_billing_request request ON request.id = slice.request_id
         WHERE slice.state <> 'released' AND request.invoice_id IS NOT NULL
         GROUP BY slice.item_id)
    SELECT concat_ws(' ', project.name ->> 'en_US', item.kind, item.name,
                     item.analytic_line_id, item.milestone_id, item.cost_line_id,
                     item.period_start),
           sum(item.quantity - coalesce(held.quantity, 0))
      FROM project_billing_item item
      JOIN project_project project ON project.id = item.project_id
      LEFT JOIN held ON held.item_id = item.id
     WHERE item.kind IN ('time', 'cost', 'milestone', 'recurring')
     GROUP BY 1 HAVING sum(item.quantity - coalesce(held.quantity, 0)) <> 0
"""


def _read(database, statements):
    """Return rows as sorted texts, by title."""
    result = {}
    with (
        contextlib.closing(chaos_faults.connect(database)) as connection,
        connection.cursor() as query,
    ):
        for title, statement in statements.items():
            query.execute(statement)
            rows = [json.dumps(row, default=str) for row in query.fetchall()]
            result[title] = sorted(rows)
    return result


def figures(database):
    """Return the figures that an upgrade must not change."""
    return _read(database, FIGURES)


def documents(database):
    """Return the documents that an uninstallation must not change."""
    return _read(database, DOCUMENTS)


def unbilled(database):
    """Return the sources that are on no invoice."""
    with (
        contextlib.closing(chaos_faults.connect(database)) as connection,
        connection.cursor() as query,
    ):
        query.execute(UNBILLED)
        return {name: float(quantity) for name, quantity in query.fetchall()}


def offer_again(database):
    """Give the projects their former rules; return the work that is ready."""
    from .upgrade_story import set_up_again

    with Registry(database).cursor() as cr:
        set_up_again(api.Environment(cr, SUPERUSER_ID, {}))
    return unbilled(database)


def play(database):
    """Play the story with the code that is on the path."""
    from .upgrade_story import Story

    with Registry(database).cursor() as cr:
        Story(api.Environment(cr, SUPERUSER_ID, {})).play()
    return figures(database)


class Finish:
    """Complete everything that was open before the upgrade."""

    def __init__(self, registry):
        self.registry, self.problems = registry, []
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.users = {
                user.login.removeprefix("chaos_"): user.id
                for user in env["res.users"].search([("login", "=like", "chaos%")])
            }

    def run(self):
        """Bill what is open, finish what was begun, credit one; return complaints."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            begun = env["project.billing.request"].search(
                [("state", "not in", ["cancelled"])], order="id"
            )
            posted = begun.filtered(lambda r: r.invoice_state == "posted")
            states = {r.id: r.state for r in begun - posted}
            posted_ids = posted.filtered(lambda r: r.project_id.name == "posted").ids
        for request_id, state in states.items():
            self._finish(request_id, state)
        self._bill_the_rest()
        for request_id in posted_ids:
            self._step("accountant", request_id, self._credit)
        self._bill_the_rest(expected={"posted"})
        return self.problems

    def _step(self, who, request_id, function):
        """Take one step as one person, in a transaction of its own."""
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, self.users[who], {})
                function(env["project.billing.request"].browse(request_id))
        except UserError as error:
            self.problems.append(f"request {request_id}, {who}: {error}")

    def _finish(self, request_id, state):
        steps = ["draft", "submitted", "approved", "invoiced"]
        take = {
            "draft": ("manager", lambda r: r.action_submit()),
            "submitted": ("approver", lambda r: r.action_approve()),
            "approved": ("manager", lambda r: r.action_create_invoice()),
            "invoiced": ("accountant", self._post),
        }
        for step in steps[steps.index(state) :]:
            self._step(take[step][0], request_id, take[step][1])

    @staticmethod
    def _post(request):
        # a shared invoice was posted with the first of its requests
        if request.invoice_id.state == "draft":
            request.invoice_id.action_post()

    @staticmethod
    def _credit(request):
        move = request.invoice_id
        wizard = move.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.reverse_moves()
        wizard.new_move_ids.action_post()

    def _bill_the_rest(self, expected=None):
        """Prepare every project: exactly what was open is in the new requests.

        :param expected: names of the only projects with anything to bill
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # what a cap holds back stays open, and the cap is tested elsewhere
            before = {
                key: quantity
                for key, quantity in self._open(env).items()
                if not key[0].startswith("capped")
            }
            names = {name for name, _kind in before}
            if expected is not None and names != expected:
                self.problems.append(f"open are {names}, not {expected}")
            projects = env["project.project"].search([("name", "in", list(names))])
            known = env["project.billing.request"].search([]).ids
            managers = env["project.billing.request"].with_user(self.users["manager"])
            managers.prepare(projects.ids, UNTIL)
            env.flush_all()
            made = env["project.billing.request"].search([("id", "not in", known)])
            held = {}
            for slice_ in made.line_ids.allocation_ids:
                item = slice_.item_id
                if slice_.state == "reserved" and not item.is_adjustment:
                    key = (item.project_id.name, item.kind)
                    held[key] = held.get(key, 0) + slice_.quantity
            for key in before.keys() | held.keys():
                if abs(before.get(key, 0) - held.get(key, 0)) > 1e-6:
                    text = f"{key}: {before.get(key, 0)} open, {held.get(key, 0)} taken"
                    self.problems.append(text)
            states = {r.id: r.state for r in made}
        for request_id, state in states.items():
            self._finish(request_id, state)

    @staticmethod
    def _open(env):
        env.flush_all()
        env.cr.execute(OPEN)
        return {(name, kind): quantity for name, kind, quantity in env.cr.fetchall()}


def finish(database):
    """Go on with today's code; return what went wrong."""
    problems = Finish(Registry(database)).run()
    return problems + complaints(database)


def complaints(database):
    """Return the inconsistencies of the tables."""
    with contextlib.closing(chaos_faults.connect(database)) as connection:
        return chaos_checks.complaints(connection)


def main(argv):
    """Run one part and print its result."""
    what, database, conf = argv
    config.parse_config(["-c", conf, "-d", database, "--log-level=warn"])
    steps = {
        "play": play,
        "figures": figures,
        "documents": documents,
        "unbilled": unbilled,
        "offer_again": offer_again,
        "finish": finish,
        "complaints": complaints,
    }
    sys.stdout.write(f"\n{json.dumps(steps[what](database))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
