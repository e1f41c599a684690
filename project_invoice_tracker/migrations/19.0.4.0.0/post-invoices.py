"""Note the day on which the invoices of earlier versions were sent, as far as known."""

#: From the journal what managers sent, from the tracked values what accounting did.
SENT = """
    UPDATE account_move move
       SET billing_date_sent = (sent.moment AT TIME ZONE 'UTC'
                                AT TIME ZONE coalesce(zone.name, 'UTC'))::date
      FROM (SELECT move_id, min(moment) AS moment
              FROM (SELECT invoice_id AS move_id, date AS moment
                      FROM project_billing_journal
                     WHERE action = 'sent' AND invoice_id IS NOT NULL
                    UNION ALL
                    SELECT message.res_id, message.date
                      FROM mail_tracking_value value
                      JOIN ir_model_fields field ON field.id = value.field_id
                       AND field.model = 'account.move' AND field.name = 'is_move_sent'
                      JOIN mail_message message ON message.id = value.mail_message_id
                       AND message.model = 'account.move'
                     WHERE value.new_value_integer = 1) known
             GROUP BY move_id) sent,
           res_company company
      JOIN res_partner partner ON partner.id = company.partner_id
      LEFT JOIN pg_timezone_names zone ON zone.name = partner.tz
     WHERE move.id = sent.move_id AND company.id = move.company_id
       AND move.billing_tracked AND move.is_move_sent
       AND move.billing_date_sent IS NULL
"""


def migrate(cr, version):
    """Fill the day of sending.

    :param version: the version that is upgraded from; nothing on installation
    """
    if version:
        cr.execute(SENT)
