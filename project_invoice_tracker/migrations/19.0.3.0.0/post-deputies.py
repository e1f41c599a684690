"""Let the record rules of earlier versions know the deputies of a project.

The rules are not written again by an update, so that what a company tuned stays; those
that nobody touched are brought up to date here.
"""

import re

OWN = re.compile(r"\[\('((?:\w+\.)*)user_id', '=', user\.id\)\]")


def migrate(cr, version):
    """Widen "projects one manages" by "or stands in for".

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(
        """
        SELECT rule.id, rule.domain_force FROM ir_rule rule
          JOIN ir_model_data data ON data.model = 'ir.rule' AND data.res_id = rule.id
         WHERE data.module = 'project_invoice_tracker'
        """
    )
    for rule_id, domain in cr.fetchall():
        match = OWN.fullmatch(domain or "")
        if match:
            wider = f"[('{match[1]}billing_owner_ids', 'in', user.ids)]"
            cr.execute(
                "UPDATE ir_rule SET domain_force = %s WHERE id = %s", (wider, rule_id)
            )
