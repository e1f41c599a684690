"""Who holds an entry or a milestone: queries, and the guards in PostgreSQL.

A request that takes an entry writes the row of that entry, and so does a sales order.
Two sessions that give one entry to both cannot both commit: PostgreSQL stops the
second, and Odoo repeats it on the new state.
"""

#: An invoice of a sales order that stands holds its entries (alias ``line``).
INVOICED_BY_ORDER = """
    EXISTS (SELECT FROM account_move move
             WHERE move.id = line.timesheet_invoice_id
               AND (move.state <> 'cancel'
                    OR move.payment_state = 'invoicing_legacy'))
"""
#: What a request or an invoice of ours holds of an entry or of a cost, or what
#: included hours cover.
FOLLOW_ENTRIES = f"""
    WITH claim AS (
        SELECT line.id, line.so_line, NOT {INVOICED_BY_ORDER} AND EXISTS (
               SELECT FROM project_billing_item item
                WHERE item.analytic_line_id = line.id
                  AND (item.quantity_open <> item.quantity
                       OR item.quantity_covered <> 0)
                UNION ALL
               SELECT FROM project_billing_item item
                WHERE item.cost_line_id = line.move_line_id
                  AND item.quantity_open <> item.quantity) AS held
          FROM account_analytic_line line
         WHERE line.id IN %(only)s)
    UPDATE account_analytic_line line SET billing_held = claim.held
      FROM claim
     WHERE claim.id = line.id AND coalesce(line.billing_held, FALSE) <> claim.held
 RETURNING line.id, line.so_line, line.billing_held
"""
FOLLOW_MILESTONES = """
    WITH claim AS (
        SELECT milestone.id, EXISTS (
               SELECT FROM project_billing_item item
                WHERE item.milestone_id = milestone.id
                  AND item.quantity_open <> item.quantity
                UNION ALL
               SELECT FROM project_billing_progress report
                 JOIN project_billing_item item ON item.progress_id = report.id
                WHERE report.milestone_id = milestone.id
                  AND item.quantity_open <> item.quantity) AS held
          FROM project_milestone milestone
         WHERE milestone.id IN %(only)s)
    UPDATE project_milestone milestone SET billing_held = claim.held
      FROM claim
     WHERE claim.id = milestone.id
       AND coalesce(milestone.billing_held, FALSE) <> claim.held
 RETURNING milestone.id, milestone.sale_line_id, milestone.billing_held
"""
#: Entries and costs behind some items.
ENTRIES_OF_ITEMS = """
    (SELECT item.analytic_line_id FROM project_billing_item item
      WHERE item.id = ANY(%(items)s) AND item.analytic_line_id IS NOT NULL
      UNION
     SELECT cost.id FROM project_billing_item item
       JOIN account_analytic_line cost ON cost.move_line_id = item.cost_line_id
      WHERE item.id = ANY(%(items)s))
"""
MILESTONES_OF_ITEMS = """
    (SELECT item.milestone_id FROM project_billing_item item
      WHERE item.id = ANY(%(items)s) AND item.milestone_id IS NOT NULL
      UNION
     SELECT report.milestone_id FROM project_billing_item item
       JOIN project_billing_progress report ON report.id = item.progress_id
      WHERE item.id = ANY(%(items)s) AND report.milestone_id IS NOT NULL)
"""
#: Before there was this add-on, both may have billed the same.
BILLED_TWICE = f"""
    SELECT project.name ->> 'en_US', sale.name, count(DISTINCT line.id)
      FROM account_analytic_line line
      JOIN project_project project ON project.id = line.project_id
      JOIN project_billing_item item ON item.analytic_line_id = line.id
       AND item.quantity_open <> item.quantity
      LEFT JOIN sale_order_line sold ON sold.id = line.so_line
      LEFT JOIN sale_order sale ON sale.id = sold.order_id
     WHERE {INVOICED_BY_ORDER}
     GROUP BY 1, 2 ORDER BY 1, 2
"""
#: What is in use of both at once, whoever looks; there is never any.
ENTRY_FUNCTION = "project_billing_one_biller_of_entry"
MILESTONE_FUNCTION = "project_billing_one_biller_of_milestone"
FUNCTIONS = (ENTRY_FUNCTION, MILESTONE_FUNCTION)
ENTRY_GUARD = f"""
    CREATE OR REPLACE FUNCTION {ENTRY_FUNCTION}() RETURNS trigger AS $$
    BEGIN
        IF NEW.billing_held AND (
            NEW.so_line IS NOT NULL
            AND (TG_OP = 'INSERT' OR OLD.so_line IS DISTINCT FROM NEW.so_line)
            OR EXISTS (SELECT FROM account_move move
                        WHERE move.id = NEW.timesheet_invoice_id
                          AND (move.state <> 'cancel'
                               OR move.payment_state = 'invoicing_legacy')))
        THEN
            RAISE EXCEPTION 'A billing request and a sales order would bill entry %',
                NEW.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS {ENTRY_FUNCTION} ON account_analytic_line;
    CREATE TRIGGER {ENTRY_FUNCTION}
        BEFORE INSERT OR UPDATE OF billing_held, so_line, timesheet_invoice_id
        ON account_analytic_line FOR EACH ROW WHEN (NEW.billing_held)
        EXECUTE FUNCTION {ENTRY_FUNCTION}();
"""
MILESTONE_GUARD = f"""
    CREATE OR REPLACE FUNCTION {MILESTONE_FUNCTION}() RETURNS trigger AS $$
    BEGIN
        IF NEW.sale_line_id IS NOT NULL AND (
            TG_OP = 'INSERT' OR OLD.sale_line_id IS DISTINCT FROM NEW.sale_line_id)
        THEN
            RAISE EXCEPTION
                'A billing request and a sales order would bill milestone %',
                NEW.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    DROP TRIGGER IF EXISTS {MILESTONE_FUNCTION} ON project_milestone;
    CREATE TRIGGER {MILESTONE_FUNCTION}
        BEFORE INSERT OR UPDATE OF billing_held, sale_line_id
        ON project_milestone FOR EACH ROW WHEN (NEW.billing_held)
        EXECUTE FUNCTION {MILESTONE_FUNCTION}();
"""
