"""Labels in the middle of a sentence."""

#: Languages that write nouns with a capital wherever they stand.
CAPITAL_NOUNS = ("de",)


def within_sentence(label, lang):
    """Return the label of a state or a unit as it is written within a sentence.

    :param label: as a screen shows it, or nothing
    :param lang: code of the language of the label, or nothing for English

    >>> within_sentence("Month", "en_US")
    'month'
    >>> within_sentence("Monat", "de_CH")
    'Monat'
    >>> within_sentence(False, None)
    ''
    """
    if (lang or "").split("_")[0] in CAPITAL_NOUNS:
        return label or ""
    return (label or "").lower()
