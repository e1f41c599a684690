"""Fields of a source that may not change while a request or an invoice holds it."""


def would_change(record, name, value):
    """Tell whether writing ``value`` would change the field ``name`` of a record.

    Forms write what they read: a value that stays the same is no change.
    """
    field = record._fields[name]
    try:
        wanted = field.convert_to_cache(value, record)
    except (OverflowError, ValueError):
        # no value at all, which is refused where it is written
        return True
    return wanted != field.convert_to_cache(record[name], record)
