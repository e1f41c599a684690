"""Steps at installation and at uninstallation of the add-on.

Installation gives the administrators of the database all groups of the add-on, so that
the first project can be billed. An upgrade gives no groups to anybody.

Uninstallation keeps a note of what was billed, so that nothing is billed twice.

The rules, items and requests are deleted with the add-on; the invoices stay. Whoever
installs it again and gives a project a rule from an earlier day would be offered the
same work once more. So the last step of the uninstallation writes into a plain table,
which belongs to no model, which sources are on which invoices.
"""

from odoo.tools import SQL

from .models.acceptance_sql import FUNCTIONS as ACCEPTANCE_FUNCTIONS
from .models.journal_chain_sql import CHAIN_FUNCTIONS, PAGES
from .models.journal_sql import FUNCTIONS
from .models.project_billing_item_past import PAST_TABLE

#: Every right of the add-on that is not part of another one.
GROUPS = ("group_billing_manager", "group_billing_approver")

CREATE = """
    CREATE TABLE IF NOT EXISTS %(table)s (
        source_field varchar NOT NULL,
        source_id integer,
        part integer NOT NULL,
        project_id integer NOT NULL,
        kind varchar NOT NULL,
        name varchar,
        date date,
        period_start date,
        period_end date,
        quantity numeric NOT NULL,
        move_id integer,
        document varchar,
        uninstalled timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))
"""
#: What invoices hold of sources that stay: drafts as well, which may yet be posted.
#: Write-offs count when their request was invoiced; a draft request goes, with all.
ON_INVOICES = """
    INSERT INTO %(table)s (source_field, source_id, part, project_id, kind, name, date,
                           period_start, period_end, quantity, move_id, document)
    SELECT source.field, source.id, item.part, item.project_id, item.kind, item.name,
           item.date, item.period_start, item.period_end,
           sum(slice.quantity) * coalesce(
               nullif(item.quantity_recorded, 0), item.quantity)
               / nullif(item.quantity, 0),
           move.id, move.name
      FROM project_billing_item item
     CROSS JOIN LATERAL (VALUES %(sources)s) AS source(field, id)
      JOIN project_billing_allocation slice
        ON slice.item_id = item.id AND slice.state <> 'released'
      JOIN project_billing_request request ON request.id = slice.request_id
      JOIN account_move move ON move.id = request.invoice_id
     WHERE item.quantity <> 0
       AND (source.id IS NOT NULL
            OR source.field = 'source_key' AND item.kind = 'recurring')
     GROUP BY source.field, source.id, item.id, move.id
"""
#: Time that a retainer or a pack includes is settled, though on no invoice line.
INCLUDED = """
    INSERT INTO %(table)s (source_field, source_id, part, project_id, kind, name, date,
                           quantity)
    SELECT 'analytic_line_id', item.analytic_line_id, item.part, item.project_id,
           item.kind, item.name, item.date, item.quantity_recorded
      FROM project_billing_item item
     WHERE item.analytic_line_id IS NOT NULL
       AND item.quantity = 0 AND item.quantity_covered <> 0
"""


def post_init_hook(env):
    """Give the administrators of the database all groups of the add-on.

    :param env: of the database that gets the add-on
    """
    administrators = env.ref("base.group_system").all_user_ids.filtered(
        lambda user: not user.share
    )
    for name in GROUPS:
        env.ref(f"project_invoice_tracker.{name}").user_ids |= administrators


def uninstall_hook(env):
    """Note what is billed, and drop what Odoo does not remove itself.

    :param env: of the database that the add-on leaves
    """
    _note_past(env)
    # they hold the e-mails, which Odoo removes first
    env.cr.execute(SQL("DELETE FROM project_billing_reminder"))
    env.cr.execute(SQL("DELETE FROM project_billing_reminder_level"))
    for function in (*FUNCTIONS, *CHAIN_FUNCTIONS, *ACCEPTANCE_FUNCTIONS):
        # the triggers go with their function
        name = SQL.identifier(function)
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", name))
    env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(PAGES)))


def _note_past(env):
    """Write a table of what is billed, see the module's docstring; none if empty."""
    links = [
        name
        for name in env["project.billing.item"]._source_links()
        if name != "source_key"
    ]
    sources = [SQL("(%s, item.%s)", name, SQL.identifier(name)) for name in links] + [
        SQL("('source_key', NULL::integer)")
    ]
    table = SQL.identifier(PAST_TABLE)
    env.cr.execute(SQL(CREATE, table=table))
    env.cr.execute(SQL(ON_INVOICES, table=table, sources=SQL(", ").join(sources)))
    env.cr.execute(SQL(INCLUDED, table=table))
    env.cr.execute(SQL("SELECT FROM %s LIMIT 1", table))
    if not env.cr.rowcount:
        env.cr.execute(SQL("DROP TABLE %s", table))
