"""Comparison of PostgreSQL's functions and triggers with those of the add-on."""

import re
from dataclasses import dataclass

FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION\s+(\w+)\s*\(.*?\$\$(.*?)\$\$", re.DOTALL
)
TRIGGER = re.compile(
    r"CREATE (?:OR REPLACE )?TRIGGER\s+(\w+)\s+(BEFORE|AFTER)\s+(.*?)\s+ON\s+(\w+)"
    r"(.*?)EXECUTE FUNCTION\s+(\w+)",
    re.DOTALL,
)
#: How PostgreSQL notes when a trigger runs.
ROW, BEFORE = 1, 2
EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


@dataclass(frozen=True)
class Trigger:
    """A trigger with the values that ``pg_trigger`` stores.

    :param type: when it runs, as a sum of bits
    :param when: whether it has a condition
    """

    name: str
    table: str
    function: str
    type: int
    when: bool


def functions_of(statements):
    """Return ``{name: body}`` of the functions that statements create.

    >>> functions_of(["CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ 1 $$;"])
    {'f': ' 1 '}
    """
    return {
        name: body
        for statement in statements
        for name, body in FUNCTION.findall(statement)
    }


def triggers_of(statements):
    """Return the :class:`Trigger` rows that statements create.

    >>> triggers_of(["CREATE TRIGGER t AFTER INSERT OR UPDATE OF a ON x"
    ...     " FOR EACH ROW WHEN (NEW.a) EXECUTE FUNCTION f();"])
    [Trigger(name='t', table='x', function='f', type=21, when=True)]
    """
    found = []
    for statement in statements:
        for name, timing, events, table, rest, function in TRIGGER.findall(statement):
            bits = sum(bit for event, bit in EVENTS.items() if event in events)
            bits += BEFORE * (timing == "BEFORE") + ROW * ("FOR EACH ROW" in rest)
            found.append(Trigger(name, table, function, bits, "WHEN" in rest))
    return found


#: Functions with another body, and triggers that run something else, or at other times.
FUNCTIONS_REPLACED = """
    SELECT 0 AS res_id, company.id AS company_id, replaced.name AS found,
           '' AS expected
      FROM (SELECT wanted.name
              FROM unnest(%(functions)s, %(bodies)s) AS wanted(name, body)
             WHERE NOT EXISTS (
                   SELECT FROM pg_proc
                    WHERE proname = wanted.name AND prosrc = wanted.body
                      AND pronamespace = current_schema()::regnamespace)
                OR (SELECT count(*) FROM pg_proc WHERE proname = wanted.name) > 1
             UNION
            SELECT wanted.name
              FROM unnest(%(triggers)s, %(tables)s, %(runs)s, %(types)s::integer[],
                          %(whens)s::boolean[])
                   AS wanted(name, of_table, runs, type, has_condition)
              JOIN pg_trigger ON tgname = wanted.name
               AND tgrelid = to_regclass(wanted.of_table)
              JOIN pg_proc ON pg_proc.oid = tgfoid
             WHERE proname <> wanted.runs OR tgtype <> wanted.type
                OR (tgqual IS NOT NULL) <> wanted.has_condition) AS replaced
      JOIN res_company company ON TRUE
"""
