"""The integrity checks of *Billing Health*, as a table with one entry per check."""

from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

from . import (
    acceptance_sql,
    guards_sql,
    health_approved_sql as approved,
    health_item_sql as item_queries,
    health_sql as queries,
    journal_chain_sql as chain,
)
from .health_document_sql import OTHER_TOTAL, UNLINKED

_lt = LazyTranslate(__name__)

REQUEST = "project.billing.request"
ITEM = "project.billing.item"


@dataclass(frozen=True)
class Check:
    """One integrity check, and how to find the records that fail it.

    :param code: never changes; the results are kept under it
    :param invariants: their numbers, as in ``doc/security.md``
    :param name: what is checked, in a few words
    :param model: of the records found
    :param sentence: about one finding, with ``record``, ``found`` and ``expected``
    :param advice: what to do about it
    :param sql: a query of :mod:`health_sql`
    :param method: instead of a query, a method of ``project.billing.health`` that
        returns its rows: ``[(res_id, company_id, found, expected)]``
    :param repair: a method of ``project.billing.health`` that repairs records, if that
        is safe
    """

    code: str
    invariants: str
    name: object
    model: str
    sentence: object
    advice: object
    sql: str = ""
    method: str = ""
    repair: str = ""


LEDGER = (
    Check(
        "counters",
        "I1, I30",
        _lt("Counters are the sum of the slices"),
        ITEM,
        _lt("%(record)s counts %(found)s, its slices say %(expected)s."),
        _lt("The slices are what counts: recompute the counters from them."),
        queries.COUNTERS,
        repair="_repair_counters",
    ),
    Check(
        "more_than_there_is",
        "I1",
        _lt("No work is billed twice"),
        ITEM,
        _lt("%(record)s has %(expected)s, but %(found)s are on lines."),
        _lt("Cancel a request that holds it, or credit an invoice; keep one of them."),
        queries.MORE_THAN_THERE_IS,
    ),
    Check(
        "guards",
        "I1, I26",
        _lt("The database keeps its own guards"),
        "",
        _lt("“%(found)s” is missing or switched off in the database."),
        _lt("Put the triggers back; for a constraint, update the add-on."),
        queries.GUARDS,
        repair="_repair_guards",
    ),
    Check(
        "functions",
        "I1, I26",
        _lt("The database runs what the add-on wrote"),
        "",
        _lt("“%(found)s” in the database is not that of the add-on."),
        _lt(
            "Find out who changed it and why; then put back the functions and triggers "
            "of the add-on."
        ),
        guards_sql.FUNCTIONS_REPLACED,
        repair="_repair_guards",
    ),
    Check(
        "journal_rows",
        "I26",
        _lt("The journal is as it was written"),
        "project.billing.journal",
        _lt("%(expected)s was written in the journal; there is now %(found)s."),
        _lt(
            "Somebody changed the journal past the add-on. Find out who and why, and "
            "compare it with a backup; the journal is never mended."
        ),
        chain.JOURNAL_ROWS,
    ),
    Check(
        "journal_chain",
        "I26",
        _lt("The chain over the journal holds"),
        "",
        _lt("Page %(found)s does not follow the one before; noted was %(expected)s."),
        _lt(
            "Somebody changed or removed pages of the journal. Compare it with a "
            "backup; the journal is never mended."
        ),
        chain.JOURNAL_CHAIN,
    ),
    Check(
        "journal",
        "I26",
        _lt("The journal tells of every slice"),
        ITEM,
        _lt("%(record)s: the journal comes to %(expected)s, the slices to %(found)s."),
        _lt(
            "Somebody changed the database past the add-on. Find out who and why "
            "before anything is corrected; the journal is never mended."
        ),
        queries.JOURNAL,
    ),
    Check(
        "approval_log",
        "I3, I26",
        _lt("The journal tells of every decision"),
        REQUEST,
        _lt("%(record)s: the step “%(expected)s” is not in both logs alike."),
        _lt("Somebody changed the database past the add-on. Withdraw what is open."),
        queries.APPROVAL_LOG,
    ),
    Check(
        "draft_lines",
        "I2",
        _lt("Lines of open requests read what they hold"),
        REQUEST,
        _lt("%(record)s: %(found)s on the line, %(expected)s behind it."),
        _lt("Drafts are recounted; withdraw what was submitted, and repair it then."),
        queries.DRAFT_LINES,
        repair="_repair_lines",
    ),
    Check(
        "invoice_lines",
        "I2, I6",
        _lt("Posted invoices say what was approved"),
        REQUEST,
        _lt("%(record)s: the invoice has %(found)s, approved was %(expected)s."),
        _lt("Credit the invoice and bill the work again."),
        queries.INVOICE_LINES,
    ),
    Check(
        "invoice_slices",
        "I2, I13",
        _lt("Posted invoices bill the work behind them"),
        REQUEST,
        _lt("%(record)s: %(found)s on the line, %(expected)s of work behind it."),
        _lt("Credit the invoice and bill the work again."),
        queries.INVOICE_SLICES,
    ),
    Check(
        "caps",
        "I20",
        _lt("Caps count what is billed under them"),
        "project.billing.cap",
        _lt("%(record)s counts %(found)s, its lines come to %(expected)s."),
        _lt("The lines are what counts: recompute the cap from them."),
        method="_find_caps",
        repair="_repair_caps",
    ),
    Check(
        "line_prices",
        "I2, I6",
        _lt("Lines have the price of the work behind them"),
        REQUEST,
        _lt("%(record)s: %(found)s on the line, %(expected)s is the work behind it."),
        _lt(
            "Drafts get the price of the work again; withdraw what was submitted, and "
            "repair it then."
        ),
        item_queries.LINE_PRICES,
        repair="_repair_line_prices",
    ),
    Check(
        "amounts",
        "I2, I30",
        _lt("Work is worth its quantity at its price"),
        ITEM,
        _lt("%(record)s is worth %(found)s, its price says %(expected)s."),
        _lt("What is open is priced again; look at the requests that hold the rest."),
        item_queries.AMOUNTS,
        repair="_repair_amounts",
    ),
    Check(
        "prices",
        "I2, I6",
        _lt("Time has the price that it was computed with"),
        ITEM,
        _lt("%(record)s has the price %(found)s, computed was %(expected)s."),
        _lt("What is open is priced again; look at the requests that hold the rest."),
        item_queries.PRICES,
        repair="_repair_amounts",
    ),
    Check(
        "included_hours",
        "I21",
        _lt("Included and prepaid hours add up"),
        "project.project",
        _lt("%(record)s: %(found)s h are booked as used, the work says %(expected)s."),
        _lt("Read the time of the project again."),
        queries.INCLUDED_HOURS,
        repair="_repair_items",
    ),
)
DOCUMENTS = (
    Check(
        "request_states",
        "I14",
        _lt("Requests are where their invoices are"),
        REQUEST,
        _lt("%(record)s is %(found)s, its invoice is %(expected)s."),
        _lt("Cancel or restore the invoice with its own buttons."),
        queries.REQUEST_STATES,
    ),
    Check(
        "dead_slices",
        "I14",
        _lt("Cancelled requests hold no work"),
        REQUEST,
        _lt("%(record)s is cancelled and still holds %(found)s slices."),
        _lt("Give the work back, so that it can be billed."),
        queries.DEAD_SLICES,
        repair="_repair_dead",
    ),
    Check(
        "following",
        "I14",
        _lt("Work is billed when its invoice is posted"),
        REQUEST,
        _lt("The work of %(record)s is %(found)s, its invoice is %(expected)s."),
        _lt("The invoice is what counts: let the work follow it."),
        queries.FOLLOWING,
        repair="_repair_following",
    ),
    Check(
        "unapproved",
        "I3, I6",
        _lt("What is approved has an approval that counts"),
        REQUEST,
        _lt("%(record)s is %(found)s without an approval that counts."),
        _lt("An approved request goes back to draft; credit what is invoiced."),
        queries.UNAPPROVED,
        repair="_repair_unapproved",
    ),
    Check(
        "approved",
        "I3, I6",
        _lt("Requests are what was submitted and approved"),
        REQUEST,
        _lt("%(record)s has %(found)s, agreed was %(expected)s."),
        _lt("What is not invoiced goes back to draft; credit what is invoiced."),
        approved.APPROVED,
        repair="_repair_approved",
    ),
    Check(
        "invoices",
        "I2, I6",
        _lt("Invoices of requests are what was approved"),
        REQUEST,
        _lt("%(record)s: the invoice has %(found)s, approved was %(expected)s."),
        _lt("Send a draft invoice back, and credit a posted one; bill the work again."),
        approved.INVOICES,
    ),
    Check(
        "posted",
        "I6, I13",
        _lt("Posted documents are as they were posted"),
        "account.move",
        _lt("%(record)s has %(found)s, posted was %(expected)s."),
        _lt("Somebody changed a posted document: credit it and bill the work again."),
        approved.POSTED,
    ),
    Check(
        "credits",
        "I13",
        _lt("Only posted credit notes give work back"),
        "account.move",
        _lt("%(record)s is not posted, but gave %(found)s back."),
        _lt("Take the work back, unless it was billed again meanwhile."),
        queries.CREDITS,
        repair="_repair_credits",
    ),
    Check(
        "unlinked",
        "I1, I13",
        _lt("Posted invoices name the work that they bill"),
        "account.move",
        _lt("%(record)s has %(found)s lines that name no recorded work."),
        _lt(
            "It may bill work that can be billed again: credit it, and reset the "
            "credit note that it reverses instead."
        ),
        UNLINKED,
    ),
    Check(
        "other_total",
        "I2, I6",
        _lt("Posted invoices come to what was approved"),
        "account.move",
        _lt("%(record)s comes to %(found)s; approved and added were %(expected)s."),
        _lt("Find out who changed it. Credit the invoice and bill the work again."),
        OTHER_TOTAL,
    ),
    Check(
        "companies",
        "I16",
        _lt("Requests, work and invoices are of one company"),
        REQUEST,
        _lt("%(record)s is of %(expected)s, but has work or an invoice of %(found)s."),
        _lt("Cancel it and bill the project again in its company."),
        queries.COMPANIES,
    ),
    Check(
        "currencies",
        "I17",
        _lt("Requests, work and invoices have one currency"),
        REQUEST,
        _lt("%(record)s is in %(expected)s, but has work or an invoice in %(found)s."),
        _lt("Cancel it and bill the project again."),
        queries.CURRENCIES,
    ),
)
WORK = (
    Check(
        "sources",
        "I15",
        _lt("Billed work is as it was recorded"),
        ITEM,
        _lt("%(record)s was billed with %(expected)s h; recorded are now %(found)s."),
        _lt("Set the time entry back, or credit the invoice and bill it again."),
        queries.SOURCES,
    ),
    Check(
        "billed_entries",
        "I15",
        _lt("Billed time says what was billed"),
        ITEM,
        _lt("%(record)s was billed as %(expected)s; the entry now says %(found)s."),
        _lt("Set the time entry back, or credit the invoice and bill it again."),
        item_queries.BILLED_ENTRIES,
    ),
    Check(
        "open_entries",
        "I15",
        _lt("Open work is what was recorded"),
        ITEM,
        _lt("%(record)s has %(expected)s; the entry now says %(found)s."),
        _lt("Read the time again."),
        item_queries.OPEN_ENTRIES,
        repair="_repair_entries",
    ),
    Check(
        "projects",
        "I15, I16",
        _lt("Work is of the project that bills it"),
        ITEM,
        _lt("%(record)s is of %(found)s, but is billed in %(expected)s."),
        _lt("Cancel the request that holds it, and read the time of both projects."),
        item_queries.PROJECTS,
    ),
    Check(
        "kept_projects",
        "I16",
        _lt("Lines and steps are of the project of their request"),
        REQUEST,
        _lt("%(record)s is of %(expected)s, but has lines or steps of %(found)s."),
        _lt("The request is what counts: compute it from there again."),
        item_queries.KEPT_PROJECTS,
        repair="_repair_kept_projects",
    ),
    Check(
        "milestones",
        "I15",
        _lt("Milestones are billed at their price"),
        "project.milestone",
        _lt("%(record)s is worth %(expected)s, billed is %(found)s."),
        _lt("What is open gets the price again; credit what is billed."),
        method="_find_milestones",
        repair="_repair_milestones",
    ),
    Check(
        "acceptances",
        "I26",
        _lt("Sign-offs are what the client said"),
        "project.milestone",
        _lt("%(record)s: there is “%(found)s”, the client said “%(expected)s”."),
        _lt(
            "Somebody changed the log of sign-offs past the add-on. Find out who and "
            "why, and ask the client again."
        ),
        acceptance_sql.ACCEPTANCES,
    ),
    Check(
        "complete",
        "I32",
        _lt("All time under a rule can be billed"),
        "project.project",
        _lt("%(found)s time entries of %(record)s are not among what can be billed."),
        _lt("Read the time of the project again."),
        queries.COMPLETE,
        repair="_repair_items",
    ),
    Check(
        "managers",
        "I4",
        _lt("Open requests belong to who manages the project"),
        REQUEST,
        _lt("%(found)s asked for %(record)s; the manager is %(expected)s now."),
        _lt("Send it back to draft, so that the manager of today submits it."),
        queries.MANAGERS,
        repair="_repair_managers",
    ),
    Check(
        "owners",
        "I4",
        _lt("Projects are billed by who is in charge of them"),
        "project.project",
        _lt("%(record)s may be billed by %(found)s; in charge are %(expected)s."),
        _lt("Manager and deputies are what counts: compute it from them again."),
        queries.OWNERS,
        repair="_repair_owners",
    ),
    Check(
        "approvers",
        "I3",
        _lt("Somebody can decide on what was submitted"),
        REQUEST,
        _lt("Nobody may approve %(record)s, which waits."),
        _lt("Name an approver who neither asked for it nor edited it."),
        method="_find_without_approver",
    ),
    Check(
        "runs",
        "I8",
        _lt("Runs go on"),
        "project.billing.run",
        _lt("%(record)s did nothing for hours; %(found)s projects wait."),
        _lt("Go on with it. If that does not help, look at the scheduled actions."),
        queries.RUNS,
        repair="_repair_runs",
    ),
    Check(
        "messages",
        "I12",
        _lt("Messages go out"),
        REQUEST,
        _lt("%(found)s messages about %(record)s did not go out."),
        _lt("Read under “Messages” why, mend it, and try to deliver them again."),
        queries.MESSAGES,
    ),
)
CHECKS = {check.code: check for check in (*LEDGER, *DOCUMENTS, *WORK)}
