"""The fingerprint of a request's content: equal content, equal fingerprint."""

import hashlib
import json
from datetime import date
from decimal import Decimal


def _plain(value):
    """Return a JSON value for the few types that content is made of."""
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no fingerprint for {type(value).__name__}")


def fingerprint(content):
    """Return the SHA-256 of ``content`` (nested dicts and lists of plain values).

    >>> fingerprint({"a": 1, "b": Decimal("2.50")}) == fingerprint(
    ...     {"b": Decimal("2.5"), "a": 1})
    True
    """
    text = json.dumps(
        content,
        default=_plain,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()
