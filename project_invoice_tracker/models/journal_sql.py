"""The triggers by which PostgreSQL itself writes the journal (audit log).

A trigger sees every route: the methods of the ledger, an import, a script, a change in
the database itself. Each statement on the ledger writes its rows by one INSERT.
``before`` and ``after`` say where the quantity was and where it is now: ``open``,
``reserved``, ``billed`` or ``written_off``; summed up, they are the counters of the
items.
"""

#: The step of a request, as the journal calls it.
DECISION_ACTIONS = {
    "submit": "submitted",
    "approve": "approved",
    "approve_step": "approved",
    "approve_own": "approved",
    "approve_rule": "approved",
    "approve_kept": "approved",
    "carry_over": "approved",
    "reject": "rejected",
    "withdraw": "withdrawn",
    "void": "voided",
    "invoice": "invoiced",
    "send_back": "sent_back",
    "cancel": "cancelled",
    "invoice_cancelled": "cancelled",
    "invoice_restored": "restored",
    "replace": "replaced",
}

#: The same in SQL, of a row of the log called ``step``.
ACTION_OF_STEP = " ".join(
    (
        "CASE step.decision",
        *(
            f"WHEN '{step}' THEN '{action}'"
            for step, action in DECISION_ACTIONS.items()
        ),
        "ELSE step.decision END",
    )
)

#: A hash of the content that a step was taken on, of a row of the log called ``step``.
CONTENT_OF_STEP = "encode(sha256(convert_to(step.content::text, 'UTF8')), 'hex')"

#: Where the quantity of a slice counts; nowhere when it was released.
PLACE = """
    CREATE OR REPLACE FUNCTION project_billing_slice_place(action text, state text)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN state = 'released' THEN 'open'
                    WHEN action = 'write_off' THEN 'written_off' ELSE state END $$;
"""

#: What each function adds to the journal, from rows called ``moved``:
#: slice columns, ``uid``, ``happened``, ``quantity``, ``was`` and ``became``.
WRITE = """
        INSERT INTO project_billing_journal (
               date, user_id, action, company_id, project_id, request_id, line_id,
               item_id, allocation_id, invoice_id, document, quantity, unit, amount,
               currency_id, reason, before, after, model, res_id)
        SELECT now() AT TIME ZONE 'UTC', coalesce(moved.uid, 1), moved.happened,
               item.company_id, item.project_id, moved.request_id, moved.line_id,
               moved.item_id, moved.id, coalesce(note.move_id, request.invoice_id),
               coalesce(note.move_name, nullif(move.name, '/'), request.name),
               moved.quantity, item.unit,
               round((moved.quantity * coalesce(item.price_unit, 0)
                      * (1 - coalesce(item.discount, 0) / 100)
                      / CASE item.unit WHEN 'minute' THEN 60 ELSE 1 END)::numeric
                     / currency.rounding) * currency.rounding,
               item.currency_id, moved.reason, moved.was, moved.became,
               'project.billing.item', moved.item_id
          FROM moved
          JOIN project_billing_item item ON item.id = moved.item_id
          JOIN res_currency currency ON currency.id = item.currency_id
          LEFT JOIN project_billing_request request ON request.id = moved.request_id
          LEFT JOIN account_move move ON move.id = request.invoice_id
          LEFT JOIN account_move_line note ON note.id = moved.credit_line_id
         ORDER BY moved.id;
        RETURN NULL;
"""

INSERTED = """
    CREATE OR REPLACE FUNCTION project_billing_journal_inserted()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        WITH moved AS (
            SELECT slice.id, slice.item_id, slice.line_id, slice.request_id,
                   slice.quantity, slice.credit_line_id, slice.write_uid AS uid,
                   CASE WHEN slice.state = 'released' AND slice.reverted
                        THEN 'taken_back'
                        WHEN slice.state = 'released' THEN 'released'
                        WHEN slice.action = 'write_off' THEN 'written_off'
                        ELSE slice.state END AS happened,
                   CASE WHEN slice.state = 'released' THEN slice.release_cause
                        ELSE nullif(slice.reason, '') END AS reason,
                   -- a part of a slice that is given back: the rest of it says so
                   CASE WHEN slice.state = 'released' THEN NULL
                        ELSE '{"place": "open"}'::jsonb END AS was,
                   CASE WHEN slice.state = 'released' THEN NULL
                        ELSE jsonb_build_object('place', project_billing_slice_place(
                             slice.action, slice.state)) END AS became
              FROM added AS slice)
        %(write)s
    END $$;
"""

#: A release, a state that follows the invoice, a quantity that grew or shrank, and a
#: released slice that counts again as another one.
UPDATED = """
    CREATE OR REPLACE FUNCTION project_billing_journal_updated()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        WITH pair AS (
            SELECT after.*, before.quantity AS quantity_before,
                   before.item_id AS item_before, before.state AS state_before,
                   before.reverted AS reverted_before,
                   project_billing_slice_place(before.action, before.state)
                   AS place_before,
                   project_billing_slice_place(after.action, after.state) AS place_now
              FROM changed_from AS before
              JOIN changed_to AS after ON after.id = before.id),
        moved AS (
            -- another place, as much as there was
            SELECT id, item_id, line_id, request_id, quantity_before AS quantity,
                   credit_line_id, coalesce(
                       CASE WHEN state = 'released' THEN release_uid END, write_uid)
                       AS uid,
                   CASE WHEN state = 'released' THEN 'released'
                        WHEN place_now = 'billed' THEN 'billed'
                        WHEN place_now = 'written_off' THEN 'written_off'
                        WHEN place_before = 'billed' THEN 'unbilled'
                        ELSE 'taken_back' END AS happened,
                   CASE WHEN state = 'released' THEN release_cause
                        ELSE nullif(reason, '') END AS reason,
                   jsonb_build_object('place', place_before) AS was,
                   jsonb_build_object('place', place_now) AS became
              FROM pair
             WHERE place_before <> place_now AND item_before = item_id
             UNION ALL
            -- more or less of it, at the place where it is
            SELECT id, item_id, line_id, request_id, quantity - quantity_before,
                   NULL, write_uid, 'changed', NULL,
                   jsonb_build_object('place', 'open', 'quantity', quantity_before),
                   jsonb_build_object('place', place_now, 'quantity', quantity)
              FROM pair
             WHERE quantity <> quantity_before AND item_before = item_id
             UNION ALL
            -- nobody but a stranger moves a slice to other work
            SELECT id, item_before, line_id, request_id, quantity_before,
                   NULL, write_uid, 'changed', NULL,
                   jsonb_build_object('place', place_before, 'item', item_before),
                   jsonb_build_object('place', 'open', 'item', item_id)
              FROM pair WHERE item_before <> item_id
             UNION ALL
            SELECT id, item_id, line_id, request_id, quantity,
                   NULL, write_uid, 'changed', NULL,
                   jsonb_build_object('place', 'open', 'item', item_before),
                   jsonb_build_object('place', place_now, 'item', item_id)
              FROM pair WHERE item_before <> item_id
             UNION ALL
            SELECT id, item_id, line_id, request_id, quantity,
                   credit_line_id, write_uid, 'taken_back', release_cause, NULL, NULL
              FROM pair
             WHERE state = 'released' AND state_before = 'released'
               AND reverted AND reverted_before IS NOT TRUE)
        %(write)s
    END $$;
"""

DELETED = """
    CREATE OR REPLACE FUNCTION project_billing_journal_deleted()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        WITH moved AS (
            SELECT slice.id, slice.item_id, slice.line_id, slice.request_id,
                   slice.quantity, slice.credit_line_id, coalesce(nullif(
                       current_setting('project_billing.uid', TRUE), '')::integer,
                       slice.write_uid) AS uid,
                   'released' AS happened, NULL AS reason,
                   jsonb_build_object('place', project_billing_slice_place(
                       slice.action, slice.state)) AS was,
                   '{"place": "open", "deleted": true}'::jsonb AS became
              FROM removed AS slice)
        %(write)s
    END $$;
"""

APPROVALS = """
    CREATE OR REPLACE FUNCTION project_billing_journal_approval()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO project_billing_journal (
               date, user_id, action, company_id, project_id, request_id, invoice_id,
               document, amount, currency_id, reason, after, model, res_id)
        SELECT now() AT TIME ZONE 'UTC', step.user_id,
               %(action)s,
               request.company_id, request.project_id, step.request_id,
               request.invoice_id, request.name, step.amount, request.currency_id,
               step.comment,
               jsonb_build_object('valid', coalesce(step.valid, FALSE),
                                  'fingerprint', step.fingerprint,
                                  'content', %(content)s),
               'project.billing.approval', step.id
          FROM added AS step
          JOIN project_billing_request request ON request.id = step.request_id;
        RETURN NULL;
    END $$;
"""

#: (trigger and function, table, event, names of the transition tables)
TRIGGERS = (
    (
        "project_billing_journal_inserted",
        "project_billing_allocation",
        "INSERT",
        "NEW TABLE AS added",
    ),
    (
        "project_billing_journal_updated",
        "project_billing_allocation",
        "UPDATE",
        "OLD TABLE AS changed_from NEW TABLE AS changed_to",
    ),
    (
        "project_billing_journal_deleted",
        "project_billing_allocation",
        "DELETE",
        "OLD TABLE AS removed",
    ),
    (
        "project_billing_journal_approval",
        "project_billing_approval",
        "INSERT",
        "NEW TABLE AS added",
    ),
)
CREATE_TRIGGER = """
    CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table}
    REFERENCING {transition}
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
#: Everything that is not a table of ours, and would be left when we go.
FUNCTIONS = (
    "project_billing_journal_append_only",
    *(name for name, *_rest in TRIGGERS),
    "project_billing_slice_place",
)


def ledger_statements():
    """Return the statements that create the journal of the ledger in PostgreSQL.

    They can be run again and again.
    """
    functions = [part % {"write": WRITE} for part in (INSERTED, UPDATED, DELETED)]
    return [PLACE, *functions, *_triggers("project_billing_allocation")]


def approval_statements():
    """Return the statements that create the journal of approvals in PostgreSQL."""
    function = APPROVALS % {"action": ACTION_OF_STEP, "content": CONTENT_OF_STEP}
    return [function, *_triggers("project_billing_approval")]


def _triggers(table):
    return [
        CREATE_TRIGGER.format(name=name, table=table, event=event, transition=names)
        for name, of_table, event, names in TRIGGERS
        if of_table == table
    ]
