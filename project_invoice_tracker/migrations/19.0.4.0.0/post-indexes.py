"""Drop an index whose place another one takes; each costs with every step."""


def migrate(cr, _version):
    """Drop the index on the person; that on person and day is enough."""
    cr.execute("DROP INDEX IF EXISTS project_billing_item__employee_id_index")
