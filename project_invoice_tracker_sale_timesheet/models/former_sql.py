"""Work that sales orders had before, and how much of it they are paid for.

Odoo does not remember this: an entry, a milestone or a cost whose order item is removed
looks like one that never had any. A trigger remembers the order items it had. Whether
such an item pays for it is not stored but computed each time: what the order has
invoiced, less what was credited, less what the order still has on that item, is paid
for what it had before. Draft invoices count, draft credit notes do not: where it is
uncertain, work is rather billed once at most.
"""

from odoo.tools import SQL

FORMER = "project_billing_order_former"

#: Which sources an order item had. ``invoiced``: it had been on an invoice when it
#: lost the source, so that taking it off was no correction of a slip. ``amount``: what
#: a cost was, in the currency of its company.
CREATE_TABLE = f"""
    CREATE TABLE {FORMER} (
        id serial PRIMARY KEY,
        order_line_id integer NOT NULL
            REFERENCES sale_order_line (id) ON DELETE CASCADE,
        analytic_line_id integer
            REFERENCES account_analytic_line (id) ON DELETE CASCADE,
        milestone_id integer REFERENCES project_milestone (id) ON DELETE CASCADE,
        move_line_id integer REFERENCES account_move_line (id) ON DELETE CASCADE,
        expense_id integer,
        quantity numeric NOT NULL DEFAULT 0,
        amount numeric NOT NULL DEFAULT 0,
        invoiced boolean NOT NULL);
    CREATE INDEX ON {FORMER} (order_line_id);
    CREATE UNIQUE INDEX ON {FORMER} (analytic_line_id, order_line_id)
        WHERE analytic_line_id IS NOT NULL;
    CREATE UNIQUE INDEX ON {FORMER} (milestone_id, order_line_id)
        WHERE milestone_id IS NOT NULL;
    CREATE UNIQUE INDEX ON {FORMER} (move_line_id, order_line_id)
        WHERE move_line_id IS NOT NULL;
    CREATE UNIQUE INDEX ON {FORMER} (expense_id, order_line_id)
        WHERE expense_id IS NOT NULL;
"""
#: Rows from before amounts were remembered get the amount that the cost has now.
ADD_AMOUNT = f"""
    ALTER TABLE {FORMER} ADD COLUMN amount numeric NOT NULL DEFAULT 0;
    UPDATE {FORMER} former SET amount = cost.amount
      FROM (SELECT entry.move_line_id, -sum(entry.amount) AS amount
              FROM account_analytic_line entry
             WHERE entry.move_line_id IS NOT NULL
             GROUP BY entry.move_line_id) cost
     WHERE former.move_line_id = cost.move_line_id;
"""
#: Work from before this table gets its order item from the invoice of the entry.
FILL_TABLE = f"""
    INSERT INTO {FORMER} (order_line_id, analytic_line_id, invoiced)
    SELECT DISTINCT ON (line.id) sold.id, line.id, TRUE
      FROM account_analytic_line line
      JOIN account_move_line invoiced ON invoiced.move_id = line.timesheet_invoice_id
      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = invoiced.id
      JOIN sale_order_line sold ON sold.id = rel.order_line_id
       AND sold.qty_delivered_method = 'timesheet'
     WHERE line.so_line IS NULL AND line.project_id IS NOT NULL
     ORDER BY line.id, sold.id
"""
ENTRY_MEMORY = "project_billing_order_remembers_entry"
MILESTONE_MEMORY = "project_billing_order_remembers_milestone"
MEMORIES = (ENTRY_MEMORY, MILESTONE_MEMORY)
WAS_INVOICED = """
    EXISTS (SELECT FROM sale_order_line_invoice_rel rel
             WHERE rel.order_line_id = sold.id)
"""
#: An expense is remembered itself, as its entry may be made anew.
REMEMBER_ENTRIES = f"""
    CREATE OR REPLACE FUNCTION {ENTRY_MEMORY}() RETURNS trigger AS $$
    DECLARE
        own_line integer; own_cost integer; own_expense integer;
        cost_amount numeric := 0;
    BEGIN
        IF coalesce(NEW.move_line_id, OLD.move_line_id) IS NULL THEN
            own_line := OLD.id;
        ELSE
            SELECT id, (to_jsonb(cost) ->> 'expense_id')::integer
              INTO own_cost, own_expense FROM account_move_line cost
             WHERE cost.id = coalesce(NEW.move_line_id, OLD.move_line_id);
            IF own_expense IS NOT NULL THEN own_cost := NULL; END IF;
            cost_amount := -coalesce(OLD.amount, 0);
        END IF;
        IF TG_OP <> 'INSERT' AND OLD.so_line IS NOT NULL AND (
               own_line IS NOT NULL AND TG_OP = 'UPDATE'
               OR own_cost IS NOT NULL OR own_expense IS NOT NULL) THEN
            -- a cost has an analytic line for each account that shares it
            UPDATE {FORMER} former SET amount = former.amount + cost_amount
             WHERE former.order_line_id = OLD.so_line
               AND (former.move_line_id = own_cost
                    OR former.expense_id = own_expense);
            INSERT INTO {FORMER} (order_line_id, analytic_line_id, move_line_id,
                                  expense_id, quantity, amount, invoiced)
            SELECT sold.id, own_line, own_cost, own_expense,
                   coalesce(OLD.unit_amount, 0), cost_amount, {WAS_INVOICED}
              FROM sale_order_line sold WHERE sold.id = OLD.so_line
                ON CONFLICT DO NOTHING;
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.so_line IS NOT NULL THEN
            DELETE FROM {FORMER} former
             WHERE former.order_line_id = NEW.so_line
               AND (former.analytic_line_id = NEW.id
                    OR former.move_line_id = own_cost
                    OR former.expense_id = own_expense);
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS {ENTRY_MEMORY} ON account_analytic_line;
    DROP TRIGGER IF EXISTS {ENTRY_MEMORY}_gone ON account_analytic_line;
    DROP TRIGGER IF EXISTS {ENTRY_MEMORY}_new ON account_analytic_line;
    CREATE TRIGGER {ENTRY_MEMORY} AFTER UPDATE OF so_line ON account_analytic_line
        FOR EACH ROW WHEN (OLD.so_line IS DISTINCT FROM NEW.so_line)
        EXECUTE FUNCTION {ENTRY_MEMORY}();
    CREATE TRIGGER {ENTRY_MEMORY}_gone AFTER DELETE ON account_analytic_line
        FOR EACH ROW WHEN (OLD.so_line IS NOT NULL AND OLD.move_line_id IS NOT NULL)
        EXECUTE FUNCTION {ENTRY_MEMORY}();
    CREATE TRIGGER {ENTRY_MEMORY}_new AFTER INSERT ON account_analytic_line
        FOR EACH ROW WHEN (NEW.so_line IS NOT NULL AND NEW.move_line_id IS NOT NULL)
        EXECUTE FUNCTION {ENTRY_MEMORY}();
"""
REMEMBER_MILESTONES = f"""
    CREATE OR REPLACE FUNCTION {MILESTONE_MEMORY}() RETURNS trigger AS $$
    BEGIN
        INSERT INTO {FORMER} (order_line_id, milestone_id, quantity, invoiced)
        SELECT sold.id, OLD.id,
               coalesce(OLD.quantity_percentage * sold.product_uom_qty, 0)::numeric,
               OLD.is_reached AND {WAS_INVOICED}
          FROM sale_order_line sold WHERE sold.id = OLD.sale_line_id
            ON CONFLICT DO NOTHING;
        DELETE FROM {FORMER} former
         WHERE former.order_line_id = NEW.sale_line_id
           AND former.milestone_id = NEW.id;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS {MILESTONE_MEMORY} ON project_milestone;
    CREATE TRIGGER {MILESTONE_MEMORY} AFTER UPDATE OF sale_line_id
        ON project_milestone FOR EACH ROW
        WHEN (OLD.sale_line_id IS DISTINCT FROM NEW.sale_line_id)
        EXECUTE FUNCTION {MILESTONE_MEMORY}();
"""
#: What stands on invoices of an order item, less what was credited, in its own unit.
INVOICED = """
    SELECT coalesce(sum(invoiced.quantity * coalesce(unit.factor / sold.factor, 1)
               * CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END), 0)
               ::numeric AS quantity
      FROM sale_order_line_invoice_rel rel
      JOIN account_move_line invoiced ON invoiced.id = rel.invoice_line_id
      JOIN account_move move ON move.id = invoiced.move_id
      LEFT JOIN uom_uom unit ON unit.id = invoiced.product_uom_id
     WHERE rel.order_line_id = sold.id
       AND (move.move_type IN ('out_invoice', 'out_receipt')
            AND (move.state <> 'cancel' OR move.payment_state = 'invoicing_legacy')
            OR move.move_type = 'out_refund' AND move.state = 'posted')
"""
#: Order items with what decides how they bill. ``timed``: delivered or sold by time.
SOLD = """
    SELECT item.id, item.order_id, sale.state, item.is_expense,
           item.product_uom_qty::numeric AS ordered,
           item.qty_delivered::numeric AS delivered, unit.factor,
           split_part(unit.parent_path, '/', 1) AS dimension,
           template.invoice_policy = 'order' AS in_advance,
           item.qty_delivered_method = 'timesheet' AS timed
      FROM sale_order_line item
      JOIN sale_order sale ON sale.id = item.order_id
      LEFT JOIN uom_uom unit ON unit.id = item.product_uom_id
      LEFT JOIN product_product product ON product.id = item.product_id
      LEFT JOIN product_template template ON template.id = product.product_tmpl_id
"""
#: At a price for the whole, all time is included; the hours of it say nothing.
AS_A_WHOLE = """
    (NOT sold.timed OR sold.in_advance
     AND sold.dimension IS DISTINCT FROM split_part(unit.parent_path, '/', 1))
"""
#: Each source that an order had: how much of it (``quantity``, in the unit of the
#: order item) is paid for by that order (``covered``). ``held``: a request has it,
#: so that nothing ought to be covered. The earliest is paid first.
COVER = f"""
    WITH sold AS MATERIALIZED (
        SELECT sold.*, CASE
                   WHEN sold.is_expense AND sold.state = 'sale' THEN greatest(
                       invoiced.quantity, CASE WHEN sold.in_advance
                                               THEN sold.ordered ELSE sold.delivered
                                                END)
                   ELSE invoiced.quantity END AS billed
          FROM ({SOLD}
                 WHERE item.id IN (SELECT order_line_id FROM {FORMER})) sold
         CROSS JOIN LATERAL ({INVOICED}) invoiced),
    source AS (
        SELECT former.id, former.order_line_id, former.analytic_line_id,
               NULL::integer AS milestone_id, NULL::integer AS move_line_id,
               NULL::integer AS expense_id, 0::numeric AS amount, former.invoiced,
               coalesce(line.billing_held, FALSE) AS held,
               {AS_A_WHOLE} AS whole, line.date AS day,
               line.timesheet_invoice_id IS NOT NULL AS linked,
               round((line.unit_amount * coalesce(unit.factor, 1)
                   / coalesce(sold.factor, 1))::numeric, 6) AS quantity,
               coalesce((SELECT sum(kept.unit_amount * coalesce(other.factor, 1))
                           FROM account_analytic_line kept
                           LEFT JOIN uom_uom other ON other.id = kept.product_uom_id
                          WHERE kept.so_line = sold.id
                            AND kept.project_id IS NOT NULL
                            AND NOT coalesce(kept.billing_held, FALSE))
                   / coalesce(sold.factor, 1), 0) AS kept
          FROM {FORMER} former
          JOIN sold ON sold.id = former.order_line_id
          JOIN account_analytic_line line ON line.id = former.analytic_line_id
          LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
         WHERE line.so_line IS NULL AND line.project_id IS NOT NULL
         UNION ALL
        SELECT former.id, former.order_line_id, NULL, former.milestone_id, NULL, NULL,
               0, former.invoiced, coalesce(milestone.billing_held, FALSE), FALSE,
               coalesce(milestone.reached_date, milestone.create_date::date), FALSE,
               round(former.quantity, 6),
               coalesce((SELECT sum(kept.quantity_percentage)
                           FROM project_milestone kept
                          WHERE kept.sale_line_id = sold.id AND kept.is_reached
                            AND NOT coalesce(kept.billing_held, FALSE))
                   * sold.ordered::float8, 0)
          FROM {FORMER} former
          JOIN sold ON sold.id = former.order_line_id
          JOIN project_milestone milestone ON milestone.id = former.milestone_id
         WHERE milestone.sale_line_id IS NULL
         UNION ALL
        SELECT former.id, former.order_line_id, NULL, NULL, former.move_line_id,
               former.expense_id, former.amount, TRUE, %(held)s, FALSE, NULL, FALSE,
               round(former.quantity, 6),
               coalesce((SELECT sum(each.quantity)
                           FROM (SELECT max(kept.unit_amount) AS quantity
                                   FROM account_analytic_line kept
                                   JOIN account_move_line cost
                                     ON cost.id = kept.move_line_id
                                  WHERE kept.so_line = sold.id AND %(current)s
                                  GROUP BY kept.move_line_id) each), 0)
          FROM {FORMER} former
          JOIN sold ON sold.id = former.order_line_id
         WHERE (former.move_line_id IS NOT NULL OR former.expense_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM account_analytic_line kept
                            WHERE kept.move_line_id = former.move_line_id
                              AND kept.so_line IS NOT NULL)),
    queued AS (
        SELECT source.*, sold.order_id, sold.billed,
               sum(source.quantity) OVER (
                   PARTITION BY source.order_line_id, source.invoiced
                   ORDER BY source.held, source.linked DESC, source.day, source.id)
                   AS upto
          FROM source JOIN sold ON sold.id = source.order_line_id)
    SELECT queued.order_line_id, queued.order_id, queued.analytic_line_id,
           queued.milestone_id, queued.move_line_id, queued.expense_id, queued.held,
           queued.quantity, queued.amount,
           CASE WHEN NOT queued.invoiced THEN 0
                WHEN queued.whole AND queued.billed > 0 THEN queued.quantity
                ELSE greatest(0, least(queued.quantity, round(queued.billed
                    - queued.kept::numeric - (queued.upto - queued.quantity), 5)))
                END AS covered
      FROM queued
"""
#: What is on order items (``which``), and how much of it no invoice is for.
_ON_ITEMS = f"""
    WITH sold AS (
        SELECT sold.*, invoiced.quantity AS billed
          FROM ({SOLD} WHERE {{which}}) sold
         CROSS JOIN LATERAL ({INVOICED}) invoiced),
    source AS (
        SELECT sold.id AS order_line_id, sold.order_id, sold.billed,
               line.id AS analytic_line_id, NULL::integer AS milestone_id,
               {AS_A_WHOLE} AS whole, line.date AS day,
               line.timesheet_invoice_id IS NOT NULL AS linked,
               (line.unit_amount * coalesce(unit.factor, 1)
                   / coalesce(sold.factor, 1))::numeric AS quantity
          FROM sold
          JOIN account_analytic_line line ON line.so_line = sold.id
           AND line.project_id IS NOT NULL AND NOT coalesce(line.billing_held, FALSE)
          LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
         UNION ALL
        SELECT sold.id, sold.order_id, sold.billed, NULL, milestone.id, FALSE,
               coalesce(milestone.reached_date, milestone.create_date::date),
               milestone.is_reached,
               (milestone.quantity_percentage * sold.ordered::float8)::numeric
          FROM sold
          JOIN project_milestone milestone ON milestone.sale_line_id = sold.id
           AND NOT coalesce(milestone.billing_held, FALSE)),
    queued AS (
        SELECT source.*, sum(source.quantity) OVER (
                   PARTITION BY source.order_line_id, source.milestone_id IS NULL
                   ORDER BY source.linked DESC, source.day, source.analytic_line_id,
                            source.milestone_id) AS upto
          FROM source)
    SELECT queued.order_line_id, queued.order_id, queued.analytic_line_id,
           queued.milestone_id, queued.quantity,
           CASE WHEN queued.whole AND queued.billed > 0 THEN 0
                WHEN queued.billed <= 0 THEN queued.quantity
                ELSE greatest(0, least(queued.quantity,
                    round(queued.upto - queued.billed, 5))) END AS loose
      FROM queued
"""
#: What is on orders that are cancelled or not confirmed, and how much of it no invoice
#: is for.
LOOSE = _ON_ITEMS.format(which="sale.state <> 'sale'")
#: The same of some order items, whatever the state of their order.
UNPAID = _ON_ITEMS.format(which="item.id IN %(items)s")


#: In use of a request or an invoice of ours.
HELD_COST = """
    EXISTS (SELECT FROM project_billing_item item
             WHERE (item.cost_line_id = former.move_line_id OR %(expense)s)
               AND item.quantity_open <> item.quantity)
"""
#: The entry of an expense that was reset stays on its order item, but means nothing.
CURRENT_COST = f"""
    NOT EXISTS (SELECT FROM {FORMER} past
                 WHERE past.order_line_id = sold.id
                   AND past.expense_id = cost.expense_id)
"""

#: Entries that an order bills, with that order: those it has, but for what one that
#: does not stand has no invoice for, and those that it had and was paid for.
ORDERED_ENTRIES = """
    SELECT line.id, line.project_id, sold.order_id, sold.id AS item_id,
           (line.unit_amount * coalesce(uom.factor, 1))::numeric AS hours
      FROM account_analytic_line line
      JOIN sale_order_line sold ON sold.id = line.so_line
      JOIN sale_order sale ON sale.id = sold.order_id AND sale.state = 'sale'
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE line.project_id IS NOT NULL AND NOT coalesce(line.billing_held, FALSE)
       AND %(only)s
     UNION ALL
    SELECT line.id, line.project_id, loose.order_id, loose.order_line_id,
           (line.unit_amount * coalesce(uom.factor, 1)
               * (1 - loose.loose / nullif(loose.quantity, 0)))::numeric
      FROM (%(loose)s) loose
      JOIN account_analytic_line line ON line.id = loose.analytic_line_id
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE loose.loose < loose.quantity AND %(only)s
     UNION ALL
    SELECT line.id, line.project_id, cover.order_id, cover.order_line_id,
           (line.unit_amount * coalesce(uom.factor, 1)
               * cover.covered / nullif(cover.quantity, 0))::numeric
      FROM (%(cover)s) cover
      JOIN account_analytic_line line ON line.id = cover.analytic_line_id
      LEFT JOIN uom_uom uom ON uom.id = line.product_uom_id
     WHERE cover.covered > 0 AND NOT cover.held AND %(only)s
"""
#: Order items that invoices stand for, with work of projects that requests bill: now or
#: before. Without the item nothing would tell any more that the work is paid for.
INVOICED_WORK = f"""
    SELECT sold.id
      FROM ({SOLD} WHERE item.id IN %(items)s) sold
     CROSS JOIN LATERAL ({INVOICED}) invoiced
     WHERE invoiced.quantity > 0 AND EXISTS (
           SELECT FROM account_analytic_line line
            WHERE line.so_line = sold.id AND (line.project_id IS NULL OR EXISTS (
                  SELECT FROM project_billing_rule rule
                   WHERE rule.project_id = line.project_id))
            UNION ALL
           SELECT FROM project_milestone milestone
             JOIN project_billing_rule rule ON rule.project_id = milestone.project_id
            WHERE milestone.sale_line_id = sold.id
            UNION ALL
           SELECT FROM {FORMER} former
             LEFT JOIN account_analytic_line line ON line.id = former.analytic_line_id
             LEFT JOIN project_milestone milestone ON milestone.id = former.milestone_id
            WHERE former.order_line_id = sold.id AND (
                  coalesce(line.project_id, milestone.project_id) IS NULL OR EXISTS (
                  SELECT FROM project_billing_rule rule
                   WHERE rule.project_id
                         = coalesce(line.project_id, milestone.project_id))))
     ORDER BY sold.id LIMIT 1
"""


def ordered_names(env):
    """Return the parameters of :data:`ORDERED_ENTRIES`."""
    return {"loose": SQL(LOOSE), "cover": cover(env)}


def cover(env):
    """Return the query of how much orders are paid for of what they had."""
    expenses = "expense_id" in env["project.billing.item"]._fields
    own = SQL("item.expense_id = former.expense_id") if expenses else SQL("FALSE")
    return SQL(
        COVER,
        held=SQL(HELD_COST, expense=own),
        current=SQL(CURRENT_COST) if expenses else SQL("TRUE"),
    )


def paid(env, column, source):
    """Return the condition that an order was paid for a source that it had.

    Sources that never were on an order are left out, which saves time.

    :param str column: of the memory, like ``analytic_line_id``
    :param SQL source: the id of the source, like ``line.id``
    """
    return SQL(
        """
        CASE WHEN EXISTS (SELECT FROM %(former)s former
                           WHERE former.%(column)s = %(id)s)
             THEN %(id)s IN (SELECT cover.%(column)s FROM (%(cover)s) cover
                              WHERE cover.covered > 0 AND NOT cover.held
                                AND cover.%(column)s IS NOT NULL)
             ELSE FALSE END
        """,
        former=SQL.identifier(FORMER),
        column=SQL.identifier(column),
        id=source,
        cover=cover(env),
    )
