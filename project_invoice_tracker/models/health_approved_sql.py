"""Queries of integrity checks that compare documents with their approval."""

from ..billing.transitions import APPROVING_STEPS
from .journal_chain_sql import hash_of

AGREEING = ", ".join(f"'{step}'" for step in sorted(APPROVING_STEPS | {"submit"}))

#: A key of a snapshot as a number, where it is one; the first versions kept words.
NUMBER = r"""CASE WHEN {0} ~ '^-?[0-9]+(\.[0-9]+)?(E[-+]?[0-9]+)?$'
                 THEN ({0})::numeric END"""


def _line_values():
    """Return ``[(name, SQL of the key, SQL of the column)]`` of a line."""
    work, amounts = "agreed.value -> 'work'", "agreed.value -> 'amounts'"
    values = [
        ("text", f"{work} -> 'text' ->> 1", "line.name"),
        ("service", f"{work} -> 'service' ->> 1", "line.product_id::text"),
        ("taxes", f"({amounts} -> 'taxes' -> 1)::text", "line.taxes::text"),
    ]
    for name, key, column in (
        ("quantity", "quantity", "line.quantity"),
        ("price", "price", "line.price_unit"),
        ("discount", "discount", "coalesce(line.discount, 0)"),
        ("amount", "line_untaxed", "line.price_subtotal"),
    ):
        values.append(
            (
                name,
                NUMBER.format(f"{amounts} -> '{key}' ->> 1"),
                f"round(({column})::numeric, 6)",
            )
        )
    return values


def _named(side):
    """Return SQL of all values of a line that differ, as they were or are.

    :param int side: 1 for what was agreed, 2 for what there is
    """
    cases = [
        f"CASE WHEN {value[1]} <> {value[2]}"
        f" THEN concat('{value[0]} ', left(({value[side]})::text, 80)) END"
        for value in _line_values()
    ]
    together = ", ".join(cases)
    return f"concat_ws(', ', {together})"


LINE_DIFFERS = " OR ".join(
    f"{key} <> {column}" for _name, key, column in _line_values()
)
#: The content that a request was submitted or approved on last, and its terms now.
AGREED = f"""
    SELECT DISTINCT ON (step.request_id) step.request_id AS id, step.content,
           request.company_id, request.partner_id,
           request.amount_untaxed, request.amount_tax,
           jsonb_build_object(
               'project', request.project_id, 'customer', request.partner_id,
               'currency', request.currency_id,
               'fiscal_position',
               coalesce(to_jsonb(request.fiscal_position_id), 'false'),
               'payment_term', coalesce(to_jsonb(request.payment_term_id), 'false'),
               'reference', coalesce(request.customer_reference, ''),
               'message', coalesce(request.narration, '')) AS terms
      FROM project_billing_approval step
      JOIN project_billing_request request ON request.id = step.request_id
       AND request.state IN ('submitted', 'approved', 'invoiced')
     WHERE step.content IS NOT NULL AND step.decision IN ({AGREEING})
     ORDER BY step.request_id, step.id DESC
"""
APPROVED = f"""
    WITH document AS MATERIALIZED ({AGREED}),
    taxes AS (
        SELECT project_billing_line_id AS line_id,
               jsonb_agg(account_tax_id ORDER BY account_tax_id) AS ids
          FROM account_tax_project_billing_line_rel GROUP BY 1),
    agreed AS (
        SELECT document.id AS request_id, document.company_id,
               each.key::integer AS line_id, each.value
          FROM document, jsonb_each(document.content -> 'lines') AS each),
    line AS (
        SELECT line.*, document.id AS of_request, document.company_id AS of_company,
               coalesce(taxes.ids, '[]') AS taxes
          FROM project_billing_line line
          JOIN document ON document.id = line.request_id
          LEFT JOIN taxes ON taxes.line_id = line.id)
    SELECT document.id AS res_id, document.company_id,
           concat(term.key, ' ', term.value #>> '{{}}') AS found,
           concat(term.key, ' ', document.content -> 'terms' -> term.key ->> 0)
               AS expected
      FROM document, jsonb_each(document.terms) AS term
     WHERE document.content -> 'terms' -> term.key -> 1 <> term.value
       -- contacts that were merged are the same ones
       AND (term.key <> 'customer' OR EXISTS (
            SELECT FROM res_partner former
             WHERE former.id::text
                   = document.content -> 'terms' -> 'customer' ->> 1))
     UNION ALL
    SELECT document.id, document.company_id,
           concat(document.amount_untaxed, ' + ', document.amount_tax),
           concat(document.content -> 'amounts' -> 'untaxed' ->> 1, ' + ',
                  document.content -> 'amounts' -> 'tax' ->> 1)
      FROM document
     WHERE ({NUMBER.format("document.content -> 'amounts' -> 'untaxed' ->> 1")}
            <> document.amount_untaxed
            OR {NUMBER.format("document.content -> 'amounts' -> 'tax' ->> 1")}
            <> document.amount_tax)
       AND document.id NOT IN (SELECT of_request FROM line WHERE removed)
     UNION ALL
    SELECT coalesce(agreed.request_id, line.of_request),
           coalesce(agreed.company_id, line.of_company),
           CASE WHEN line.id IS NULL THEN '–'
                WHEN agreed.line_id IS NULL THEN line.name
                ELSE concat(line.name, ': ', {_named(2)}) END,
           CASE WHEN agreed.line_id IS NULL THEN '–'
                WHEN line.id IS NULL THEN agreed.value ->> 'name'
                ELSE {_named(1)} END
      FROM agreed
      FULL JOIN line ON line.id = agreed.line_id AND line.of_request = agreed.request_id
     WHERE line.removed IS NOT TRUE AND (
           line.id IS NULL OR agreed.line_id IS NULL
           OR {LINE_DIFFERS})
"""

#: What is on a document of ours, as one row each: the paper that a customer was sent.
PAPER = f"""
    SELECT move.id, move.company_id, move.state, move.name, move.currency_id,
           move.amount_total, jsonb_build_object(
               'customer', move.partner_id, 'currency', move.currency_id,
               'untaxed', move.amount_untaxed, 'tax', move.amount_tax,
               'total', move.amount_total, 'texts', lines.texts,
               'prices', lines.prices, 'taxes', lines.taxes) AS paper
      FROM account_move move
      LEFT JOIN (
           SELECT line.move_id,
                  {hash_of("string_agg(line.name, chr(10) ORDER BY line.id)")} AS texts,
                  {
    hash_of(
        "string_agg(concat_ws('|', line.id, line.quantity, line.price_unit,"
        " line.discount, trim_scale(line.price_subtotal),"
        " trim_scale(line.price_total)), chr(10) ORDER BY line.id)"
    )
} AS prices,
                  {
    hash_of("string_agg(concat_ws('|', line.id, taxes.ids), chr(10) ORDER BY line.id)")
} AS taxes
             FROM account_move_line line
             JOIN account_move move ON move.id = line.move_id AND move.billing_tracked
             LEFT JOIN (
                  SELECT rel.account_move_line_id AS line_id,
                         string_agg(rel.account_tax_id::text, ','
                                    ORDER BY rel.account_tax_id) AS ids
                    FROM account_move_line_account_tax_rel rel
                    JOIN account_move_line taxed
                      ON taxed.id = rel.account_move_line_id
                    JOIN account_move move
                      ON move.id = taxed.move_id AND move.billing_tracked
                   WHERE {{which}}
                   GROUP BY 1) taxes ON taxes.line_id = line.id
            WHERE line.display_type IN ('product', 'line_section',
                                        'line_subsection', 'line_note')
              AND {{which}}
            GROUP BY line.move_id) lines ON lines.move_id = move.id
     WHERE move.billing_tracked AND {{which}}
"""
#: Told to the journal when a document is posted.
TELL_PAPER = f"""
    INSERT INTO project_billing_journal (
           date, user_id, action, company_id, invoice_id, document, amount,
           currency_id, after, model, res_id)
    SELECT now() AT TIME ZONE 'UTC', %(uid)s, 'invoice_posted', paper.company_id,
           paper.id, paper.name, paper.amount_total, paper.currency_id, paper.paper,
           'account.move', paper.id
      FROM ({PAPER.format(which="move.id = ANY(%(moves)s)")}) AS paper
     ORDER BY paper.id
"""
#: The same of all that was posted before there was a journal of it.
TELL_PAST_PAPER = f"""
    INSERT INTO project_billing_journal (
           date, user_id, action, company_id, invoice_id, document, amount,
           currency_id, after, model, res_id)
    SELECT now() AT TIME ZONE 'UTC', 1, 'invoice_posted', paper.company_id,
           paper.id, paper.name, paper.amount_total, paper.currency_id, paper.paper,
           'account.move', paper.id
      FROM ({PAPER.format(which="move.state = 'posted'")}) AS paper
     WHERE NOT EXISTS (SELECT FROM project_billing_journal journal
                        WHERE journal.invoice_id = paper.id
                          AND journal.action = 'invoice_posted')
     ORDER BY paper.id
"""
#: Posted documents that are not any more what was posted.
POSTED = f"""
    WITH told AS (
        SELECT DISTINCT ON (invoice_id) invoice_id, after
          FROM project_billing_journal
         WHERE action = 'invoice_posted' ORDER BY invoice_id, id DESC)
    SELECT paper.id AS res_id, paper.company_id,
           coalesce(string_agg(each.key || ' ' || left(each.value #>> '{{}}', 12), ', '
                               ORDER BY each.key), '–') AS found,
           coalesce(string_agg(each.key || ' ' || left(told.after ->> each.key, 12),
                               ', ' ORDER BY each.key), '–') AS expected
      FROM ({PAPER.format(which="move.state = 'posted'")}) AS paper
      LEFT JOIN told ON told.invoice_id = paper.id
      LEFT JOIN LATERAL jsonb_each(paper.paper) AS each
        ON told.after -> each.key IS DISTINCT FROM each.value
       AND told.invoice_id IS NOT NULL
     WHERE told.invoice_id IS NULL OR each.key IS NOT NULL
       -- contacts that were merged are the same ones
       AND (each.key <> 'customer' OR EXISTS (
            SELECT FROM res_partner former
             WHERE former.id::text = told.after ->> 'customer'))
     GROUP BY paper.id, paper.company_id
"""
#: Invoices in draft that are not what was approved, and totals that are not those of
#: the lines.
INVOICES = """
    WITH billed AS (
        SELECT request.id AS request_id, request.company_id, request.partner_id,
               move.id AS move_id, move.partner_id AS move_partner_id, move.state,
               currency.rounding::numeric AS step
          FROM project_billing_request request
          JOIN account_move move ON move.id = request.invoice_id
           AND move.state IN ('draft', 'posted')
          JOIN res_currency currency ON currency.id = request.currency_id),
    taxes AS (
        SELECT rel.project_billing_line_id AS line_id,
               array_agg(rel.account_tax_id ORDER BY rel.account_tax_id) AS ids
          FROM account_tax_project_billing_line_rel rel
          JOIN project_billing_line line ON line.id = rel.project_billing_line_id
          JOIN billed ON billed.request_id = line.request_id AND billed.state = 'draft'
         GROUP BY 1),
    invoiced_taxes AS (
        SELECT rel.account_move_line_id AS line_id,
               array_agg(rel.account_tax_id ORDER BY rel.account_tax_id) AS ids
          FROM account_move_line_account_tax_rel rel
          JOIN account_move_line line ON line.id = rel.account_move_line_id
          JOIN account_move move ON move.id = line.move_id AND move.state = 'draft'
           AND move.billing_tracked
         GROUP BY 1)
    SELECT billed.request_id AS res_id, billed.company_id,
           partner.name AS found, own.name AS expected
      FROM billed
      LEFT JOIN res_partner partner ON partner.id = billed.move_partner_id
      LEFT JOIN res_partner own ON own.id = billed.partner_id
     WHERE billed.move_partner_id IS DISTINCT FROM billed.partner_id
     UNION ALL
    SELECT billed.request_id, billed.company_id,
           concat(line.name, ': ', trim_scale(own.quantity), ' × ', own.price_unit,
                  ' = ', trim_scale(own.price_subtotal), ' [',
                  array_to_string(invoiced_taxes.ids, ','), ']'),
           concat(trim_scale(line.quantity), ' × ', line.price_unit, ' = ',
                  trim_scale(line.price_subtotal), ' [',
                  array_to_string(taxes.ids, ','), ']')
      FROM billed
      JOIN project_billing_line line ON line.request_id = billed.request_id
       AND line.removed IS NOT TRUE AND line.quantity <> 0
      LEFT JOIN account_move_line own ON own.billing_line_id = line.id
      LEFT JOIN taxes ON taxes.line_id = line.id
      LEFT JOIN invoiced_taxes ON invoiced_taxes.line_id = own.id
     WHERE billed.state = 'draft' AND (
           own.id IS NULL OR own.move_id <> billed.move_id
           OR own.quantity <> line.quantity OR own.product_id <> line.product_id
           OR abs(own.price_unit::numeric - line.price_unit::numeric) > 0.000001
           OR abs(coalesce(own.discount, 0)::numeric
                  - coalesce(line.discount, 0)::numeric) > 0.000001
           OR own.price_subtotal <> line.price_subtotal
           OR taxes.ids IS DISTINCT FROM invoiced_taxes.ids)
     UNION ALL
    SELECT billed.request_id, billed.company_id,
           concat_ws(' + ', move.amount_untaxed, move.amount_tax),
           concat_ws(' + ', total.untaxed, total.tax)
      FROM billed
      JOIN account_move move ON move.id = billed.move_id
      JOIN (SELECT line.move_id,
                   -sum(CASE WHEN line.display_type <> 'tax'
                              AND line.tax_repartition_line_id IS NULL
                             THEN line.amount_currency ELSE 0 END) AS untaxed,
                   -sum(CASE WHEN line.display_type <> 'tax'
                              AND line.tax_repartition_line_id IS NULL
                             THEN 0 ELSE line.amount_currency END) AS tax
              FROM account_move_line line
              JOIN account_move move
                ON move.id = line.move_id AND move.billing_tracked
             WHERE line.display_type IN ('product', 'rounding', 'tax')
             GROUP BY line.move_id) total ON total.move_id = move.id
     WHERE abs(move.amount_untaxed - total.untaxed) > billed.step / 2
        OR abs(move.amount_tax - total.tax) > billed.step / 2
        OR abs(move.amount_total - total.untaxed - total.tax) > billed.step / 2
"""
