"""Set-based writing: one statement for many rows, in batches of bounded size."""

from odoo.tools import SQL

PAGE_SIZE = 2000


def insert_rows(model, columns, rows):
    """Insert ``rows`` (tuples in the order of ``columns``) into the table of ``model``.

    Adds who and when, like the ORM does. The caller flushes and invalidates.
    """
    if not rows:
        return
    env = model.env
    names = [*columns, "create_uid", "create_date", "write_uid", "write_date"]
    statement = SQL(
        "INSERT INTO %s (%s) VALUES",
        SQL.identifier(model._table),
        SQL(", ").join(SQL.identifier(name) for name in names),
    )
    stamp = (env.uid, env.cr.now(), env.uid, env.cr.now())
    env.cr.execute_values(
        statement.code + " %s", [(*row, *stamp) for row in rows], page_size=PAGE_SIZE
    )


def update_rows(model, columns, rows):
    """Update ``columns`` of ``model`` from ``rows``: tuples that start with the id."""
    if not rows:
        return
    assignments = SQL(", ").join(
        SQL(
            "%s = data.%s::%s",
            SQL.identifier(name),
            SQL.identifier(name),
            SQL(model._fields[name].column_type[0]),
        )
        for name in columns
    )
    statement = SQL(
        "UPDATE %s SET %s, write_uid = data.write_uid, write_date = data.write_date",
        SQL.identifier(model._table),
        assignments,
    )
    source = SQL(
        "AS data(%s, write_uid, write_date) WHERE %s = data.id",
        SQL(", ").join(SQL.identifier(name) for name in ["id", *columns]),
        SQL.identifier(model._table, "id"),
    )
    stamp = (model.env.uid, model.env.cr.now())
    model.env.cr.execute_values(
        statement.code + " FROM (VALUES %s) " + source.code,
        [(*row, *stamp) for row in rows],
        page_size=PAGE_SIZE,
    )
