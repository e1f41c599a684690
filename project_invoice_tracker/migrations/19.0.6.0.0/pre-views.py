"""Let the stored views of projects name the budget as the new ones do.

They are loaded one after the other: the old ones that are still there would name a
field which not everybody who sees them may read any more.
"""

from odoo.tools import SQL

RENAME = """
    UPDATE ir_ui_view view
       SET arch_db = replace(arch_db::text, 'billing_budget_amount',
                             'billing_budget')::jsonb
      FROM ir_model_data data
     WHERE data.model = 'ir.ui.view' AND data.res_id = view.id
       AND data.module = 'project_invoice_tracker'
       AND view.model = 'project.project'
       AND arch_db::text LIKE '%%billing_budget_amount%%'
"""


def migrate(cr, version):
    """Rename the field in the views of the version before.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        cr.execute(SQL(RENAME))
