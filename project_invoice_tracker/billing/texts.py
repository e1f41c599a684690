"""What a text is, before anything is done with it."""


def is_storable(text):
    """Tell whether a database can hold a text; JSON may bring half of a character.

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
