"""Texts that people type: which are valid, and what of them the customer reads."""

import re

#: Characters; far beyond any description, far below what stops a mail server.
LONGEST = 20_000
#: Characters of a description that a sentence names.
NAMED = 80
#: What Odoo writes for time that nobody described.
NO_DESCRIPTION = "/"
#: What follows this mark in the description of a time entry stays in the house.
INTERNAL_MARK = "//"
_INTERNAL = re.compile(rf"(^|\s){INTERNAL_MARK}.*", re.DOTALL)


def is_storable(text):
    """Tell whether a database can hold a text.

    JSON may bring half of a character, or a NUL.

    >>> is_storable("a\\u2026 \\U0001f600 \\u202e"), is_storable("a\\ud83d")
    (True, False)
    >>> is_storable("a\\0b")
    False
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def shorten(text, most=LONGEST):
    """Return a text with at most so many characters, cut with an ellipsis.

    >>> shorten("Workshop on site", 9), shorten("Workshop", 9), shorten(None)
    ('Workshop…', 'Workshop', '')
    """
    text = text or ""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def described(text):
    """Return the description of a time entry; empty when nobody wrote one.

    >>> described("/"), described(" Call "), described(None)
    ('', 'Call', '')
    """
    text = (text or "").strip()
    return "" if text == NO_DESCRIPTION else text


def client_text(text):
    """Return the part of the description of a time entry that the customer may read.

    >>> client_text("Call with Ms Grey // she is not amused")
    'Call with Ms Grey'
    >>> client_text("See https://example.com/a//b"), client_text("// nothing for them")
    ('See https://example.com/a//b', '')
    >>> client_text(None), client_text("/"), client_text("/ // nobody knows")
    ('', '', '')
    """
    return described(_INTERNAL.sub("", text or ""))
