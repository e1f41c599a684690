"""Copies one row of a table for each row of a plan."""


class Copier:
    """Copies one row of a table for each row of a planned source."""

    def __init__(self, cr, ids):
        self.cr, self.ids = cr, ids

    def run(self, statement):
        """Execute a statement with the ids that are known so far."""
        self.cr.execute(statement, self.ids)

    def reserve(self, table, count):
        """Take ids from the sequence of a table; return the first."""
        self.cr.execute(
            f"SELECT setval('{table}_id_seq', nextval('{table}_id_seq') + {count})"
        )
        return self.cr.fetchone()[0] - count

    def __call__(self, key, table, pattern, source, values):
        """Copy a row with new ids in the order of the source's ``n``, if it has one."""
        self.run(f"SELECT count(*) FROM {source}")
        first = self.reserve(table, self.cr.fetchone()[0])
        name = key or "first_of_all"
        self.ids[name] = first
        number = "w.n" if key else "(row_number() OVER () - 1)"
        self.place(name, table, pattern, source, number, values)

    def place(self, key, table, pattern, source, number, values):
        """Copy a row; its id is the first one plus a number."""
        kept = [name for name in self._columns(table) if name not in values]
        columns = [*values, *kept]
        exprs = [*values.values(), *(f"t.{name}" for name in kept)]
        names = ", ".join(f'"{name}"' for name in columns)
        relation, _where, condition = source.partition(" WHERE ")
        row_id = self.ids.get(f"pattern_{pattern}") or self.ids[pattern]
        self.run(
            f"INSERT INTO {table} (id, {names}) "
            f"SELECT %({key})s + {number}, {', '.join(exprs)} "
            f"FROM {relation} CROSS JOIN {table} AS t "
            f"WHERE t.id = {row_id} AND ({condition or 'true'})"
        )

    def relate(self, table, column, pattern, key, source, number):
        """Copy the rows of a relation table."""
        other = next(name for name in self._columns(table) if name != column)
        relation, _where, condition = source.partition(" WHERE ")
        row_id = self.ids.get(f"pattern_{pattern}") or self.ids[pattern]
        self.run(
            f"INSERT INTO {table} ({column}, {other}) "
            f"SELECT %({key})s + {number}, t.{other} "
            f"FROM {relation} CROSS JOIN {table} AS t "
            f"WHERE t.{column} = {row_id} AND ({condition or 'true'})"
        )

    def _columns(self, table):
        self.cr.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
            [table],
        )
        return [name for (name,) in self.cr.fetchall()]
