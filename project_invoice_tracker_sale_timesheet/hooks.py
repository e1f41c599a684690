"""Installing where both billers are at work already, and leaving again."""

import logging

from odoo.tools import SQL

from .models.claim_sql import BILLED_TWICE, FUNCTIONS
from .models.former_sql import FORMER, MEMORIES

_logger = logging.getLogger(__name__)


def post_init_hook(env):
    """Give every entry and milestone one owner, and say what both billed already."""
    entries, milestones = env["account.analytic.line"], env["project.milestone"]
    entries._billing_follow_claims(
        SQL(
            "(SELECT analytic_line_id FROM project_billing_item"
            " UNION SELECT cost.id FROM account_analytic_line cost"
            " JOIN project_billing_item item ON item.cost_line_id = cost.move_line_id)"
        )
    )
    milestones._billing_follow_claims(SQL("(SELECT id FROM project_milestone)"))
    rules = env["project.billing.rule"].search([])
    for kind in ("time", "milestone", "progress", "cost"):
        projects = rules.filtered(lambda rule, k=kind: rule.kind == k).project_id
        if projects:
            env["project.billing.kind"]._get(kind)._sync_stale(projects)
    twice = env.execute_query(SQL(BILLED_TWICE))
    for project, order, count in twice:
        _logger.info(
            "%s: %s entries are on an invoice of sales order %s and in a billing "
            "request as well. Credit one of both.",
            project,
            count,
            order,
        )


def uninstall_hook(env):
    """Take the functions away that PostgreSQL keeps for us."""
    for name in (*FUNCTIONS, *MEMORIES):
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(name))
        )
    env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(FORMER)))
