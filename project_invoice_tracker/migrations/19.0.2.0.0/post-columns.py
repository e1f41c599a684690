"""Give lines of the first version what new ones get by default."""


def migrate(cr, version):
    """Fill what lines are sorted and counted by.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(
        """
        UPDATE project_billing_line
           SET adjusts = coalesce(adjusts, FALSE), discount = coalesce(discount, 0)
         WHERE adjusts IS NULL OR discount IS NULL
        """
    )
    cr.execute("UPDATE project_billing_item SET discount = 0 WHERE discount IS NULL")
