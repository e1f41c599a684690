"""Take the tokens of links out of mails that were kept; the links go on working."""

from odoo.tools import SQL

#: Mails of sign-offs, answers and reminders, as the authors can read them.
STRIP = """
    UPDATE mail_message message
       SET body = regexp_replace(
               body,
               '(/my/(?:billing/milestone|invoices)/[0-9]+)\\?access_token=[^"#&]*',
               '\\1', 'g')
     WHERE body LIKE '%%access_token=%%'
       AND EXISTS (SELECT FROM project_billing_outbox row
                    WHERE row.message_id = message.id
                      AND row.kind IN ('sign_off', 'answer', 'dunning'))
"""


def migrate(cr, version):
    """Strip what only the recipients should have.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        cr.execute(SQL(STRIP))
