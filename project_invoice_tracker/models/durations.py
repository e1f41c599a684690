"""How long something has lasted, in words that fit after a verb."""


def for_days(env, days):
    """Return “for 3 days” in the language of the reader.

    :param int days: whole days
    """
    return env._("for 1 day") if days == 1 else env._("for %s days", days)
