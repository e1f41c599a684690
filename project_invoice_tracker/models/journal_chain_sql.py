"""The hash chain over the audit log: pages of rows, sealed in a fixed order.

Each statement that adds rows to the journal leaves a *page*: the number of each row,
its company and a hash of all that it says. No session waits for another one. Pages are
*sealed* later, a batch at a time: each gets the next number and a hash over its content
and the hash of the page before. So whatever is changed, removed or inserted later is
found, by *Billing Health* and by ``tools/verify_journal.py``, which needs a database
dump only.
"""

PAGES = "project_billing_journal_page"
#: What a row says, in this order.
COLUMNS = (
    "user_id",
    "company_id",
    "project_id",
    "request_id",
    "line_id",
    "item_id",
    "allocation_id",
    "invoice_id",
    "quantity",
    "amount",
    "currency_id",
    "res_id",
    "action",
    "document",
    "unit",
    "reason",
    "before",
    "after",
    "model",
)
#: So many digits of the hash of a row: nobody finds another row with the same ones.
DIGITS = 32
#: A statement that adds more rows leaves their hashes to the sealing: thousands of rows
#: of the ledger are written as fast as ever. That they are there is noted at once.
AT_ONCE = 100


def row_text(row):
    """Return SQL of all values of a journal row, as one text.

    ``tools/verify_journal.py`` makes the same text of a dump.

    :param str row: alias of the journal
    """
    columns = ", ".join(f"{row}.{name}" for name in COLUMNS)
    moment = f"to_char({row}.date, 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"ROW({row}.id, {moment}, {columns})::text"


def hash_of(text):
    """Return the SQL of the SHA-256 of a text, in hexadecimal digits."""
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def row_hash(row):
    """Return SQL of the hash of a journal row, as its page stores it."""
    return f"left({hash_of(row_text(row))}, {DIGITS})"


#: A line of a page, and one that waits for its hash.
ENTRY = f"concat(told.id, ' ', told.company_id, ' ', {row_hash('told')})"
BARE_ENTRY = "concat(told.id, ' ', told.company_id, ' ')"

CREATE_PAGES = f"""
    CREATE TABLE IF NOT EXISTS {PAGES} (
        id serial PRIMARY KEY,
        date timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
        content text NOT NULL,
        number integer UNIQUE,
        hash varchar);
    CREATE INDEX IF NOT EXISTS {PAGES}_unsealed ON {PAGES} (id) WHERE number IS NULL;
"""
PAGED = f"""
    CREATE OR REPLACE FUNCTION project_billing_journal_paged()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM (SELECT FROM added LIMIT {AT_ONCE} + 1) AS few)
           > {AT_ONCE} THEN
            INSERT INTO {PAGES} (content)
            SELECT string_agg({BARE_ENTRY}, E'\\n' ORDER BY told.id)
              FROM added AS told;
        ELSE
            INSERT INTO {PAGES} (content)
            SELECT string_agg({ENTRY}, E'\\n' ORDER BY told.id)
              FROM added AS told HAVING count(*) > 0;
        END IF;
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER project_billing_journal_paged
    AFTER INSERT ON project_billing_journal
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION project_billing_journal_paged();
"""
#: A page is sealed once, and nothing else happens to it.
PAGE_KEPT = f"""
    CREATE OR REPLACE FUNCTION project_billing_journal_page_kept()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.number IS NULL AND NEW.id = OLD.id AND NEW.date = OLD.date
               AND (NEW.content = OLD.content OR right(OLD.content, 1) = ' ') THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'The billing journal is only ever added to.'
              USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE OR REPLACE TRIGGER project_billing_journal_page_kept
    BEFORE UPDATE OR DELETE ON {PAGES}
    FOR EACH ROW EXECUTE FUNCTION project_billing_journal_page_kept();
    CREATE OR REPLACE TRIGGER project_billing_journal_page_whole
    BEFORE TRUNCATE ON {PAGES}
    FOR EACH STATEMENT EXECUTE FUNCTION project_billing_journal_page_kept();
"""
CHAIN_STATEMENTS = (CREATE_PAGES, PAGED, PAGE_KEPT)
CHAIN_FUNCTIONS = ("project_billing_journal_paged", "project_billing_journal_page_kept")
CHAIN_TRIGGERS = (
    "project_billing_journal_paged",
    "project_billing_journal_page_kept",
    "project_billing_journal_page_whole",
)

#: Rows of before there were pages, a thousand of them on each.
PAGE_THE_PAST = f"""
    INSERT INTO {PAGES} (content)
    SELECT string_agg({ENTRY}, E'\\n' ORDER BY told.id)
      FROM (SELECT *, row_number() OVER (ORDER BY id) / 1000 AS page
              FROM project_billing_journal
             WHERE id NOT IN (
                   SELECT split_part(entry, ' ', 1)::integer
                     FROM {PAGES} page,
                          unnest(string_to_array(page.content, E'\\n')) AS entry)
           ) AS told
     GROUP BY told.page ORDER BY told.page
"""

#: The hashes of rows that came with many others; what is gone by then has none.
HASH_THE_REST = f"""
    UPDATE {PAGES} page SET content = filled.content
      FROM (SELECT bare.id, string_agg(
                       concat(line.entry, CASE WHEN kept.id IS NOT NULL
                                          THEN {row_hash("kept")} END), E'\\n'
                       ORDER BY line.position) AS content
              FROM {PAGES} bare
             CROSS JOIN unnest(string_to_array(bare.content, E'\\n'))
                   WITH ORDINALITY AS line(entry, position)
              LEFT JOIN project_billing_journal kept
                ON kept.id = split_part(line.entry, ' ', 1)::integer
             WHERE bare.number IS NULL AND right(bare.content, 1) = ' '
             GROUP BY bare.id) AS filled
     WHERE page.id = filled.id
"""

#: What the seal of a page is the hash of.
SEALED_TEXT = "concat({before}, ' ', {number}, E'\\n', {content})"
LAST_SEALED = (
    f"SELECT number, hash FROM {PAGES} ORDER BY number DESC NULLS LAST LIMIT 1"
)
UNSEALED = f"""
    SELECT id, content FROM {PAGES} WHERE number IS NULL ORDER BY id LIMIT %(limit)s
"""
SEAL = f"""
    UPDATE {PAGES} page SET number = data.number, hash = data.hash
      FROM unnest(%(ids)s, %(numbers)s, %(hashes)s) AS data(id, number, hash)
     WHERE page.id = data.id
"""

#: Rows that are not what their page says, that are gone, or that no page knows.
JOURNAL_ROWS = f"""
    WITH told AS (
        SELECT split_part(entry, ' ', 1)::integer AS id,
               split_part(entry, ' ', 2)::integer AS company_id,
               split_part(entry, ' ', 3) AS hash
          FROM {PAGES} page, unnest(string_to_array(page.content, E'\\n')) AS entry)
    SELECT coalesce(kept.id, told.id) AS res_id,
           coalesce(told.company_id, kept.company_id) AS company_id,
           CASE WHEN kept.id IS NULL THEN '–'
                ELSE concat_ws(' ', '#' || kept.id, kept.action, kept.document,
                               '(' || left(kept.hash, 8) || ')') END AS found,
           '#' || told.id || ' (' || left(told.hash, 8) || ')' AS expected
      FROM told
      FULL JOIN (SELECT journal.id, journal.company_id, journal.action,
                        journal.document, {row_hash("journal")} AS hash
                   FROM project_billing_journal journal) AS kept
        ON kept.id = told.id
     -- a hash that is not taken yet says at least that the row was there
     WHERE kept.id IS NULL OR told.id IS NULL
        OR kept.hash <> told.hash AND told.hash <> ''
"""
#: Pages that do not follow the one before, and sealed ones that are gone from the end.
JOURNAL_CHAIN = f"""
    WITH broken AS (
        SELECT page.id, page.number
          FROM (SELECT id, number, hash, content,
                       lag(number) OVER sealed AS number_before,
                       lag(hash) OVER sealed AS hash_before
                  FROM {PAGES} WHERE number IS NOT NULL
                WINDOW sealed AS (ORDER BY number)) AS page
         WHERE page.number <> coalesce(page.number_before, 0) + 1
            OR page.hash IS DISTINCT FROM {
    hash_of(
        SEALED_TEXT.format(
            before="page.hash_before", number="page.number", content="page.content"
        )
    )
})
    SELECT broken.id AS res_id, company.id AS company_id,
           broken.number::text AS found, '' AS expected
      FROM broken JOIN res_company company ON TRUE
     UNION ALL
    SELECT 0, health.company_id, coalesce(left(page.hash, 8), '–'),
           concat(health.sealed_number, ' (', left(health.sealed_hash, 8), ')')
      FROM project_billing_health health
      LEFT JOIN {PAGES} page ON page.number = health.sealed_number
     WHERE health.sealed_number > 0 AND page.hash IS DISTINCT FROM health.sealed_hash
"""
