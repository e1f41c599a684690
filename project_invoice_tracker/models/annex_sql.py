"""Queries that read the work behind an invoice."""

#: What the lines of some requests hold. What a credit note gave back later was on the
#: invoice all the same; what was taken off before there was one was not.
SLICES = """
    SELECT slice.request_id, slice.line_id, item.id AS item_id, item.kind, item.unit,
           item.date, item.name AS text, item.milestone_id, item.price_unit,
           item.quantity AS item_quantity, task.name AS task, person.name AS person,
           coalesce(rule.detail, 'entry') AS detail, slice.quantity
      FROM (
           SELECT request_id, line_id, item_id, sum(quantity) AS quantity
             FROM project_billing_allocation
            WHERE request_id IN %(requests)s AND line_id IS NOT NULL
              AND action = 'bill'
              AND (state <> 'released'
                   OR release_cause = 'credited' AND NOT coalesce(reverted, FALSE))
            GROUP BY request_id, line_id, item_id
           HAVING sum(quantity) <> 0) slice
      JOIN project_billing_item item ON item.id = slice.item_id
      JOIN project_billing_rule rule ON rule.id = item.rule_id
      LEFT JOIN project_task task ON task.id = item.task_id
      LEFT JOIN hr_employee person ON person.id = item.employee_id
     WHERE item.kind IN ('time', 'milestone', 'cost')
       AND NOT coalesce(item.is_adjustment, FALSE)
     ORDER BY item.date, item.id, slice.line_id
"""
#: The files of some documents. What somebody added to an internal note is no receipt.
FILES = """
    SELECT file.id, file.res_model, file.res_id, file.name, file.mimetype,
           file.checksum, file.file_size
      FROM ir_attachment file
     WHERE file.res_model = %(model)s AND file.res_id IN %(ids)s
       AND file.res_field IS NOT DISTINCT FROM %(field)s
       AND NOT EXISTS (
           SELECT FROM message_attachment_rel rel
             JOIN mail_message message ON message.id = rel.message_id
             JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
            WHERE rel.attachment_id = file.id
              AND message.message_type = 'comment' AND subtype.internal)
     ORDER BY file.id
"""
#: Keeps files with a snapshot. The content is not read: the file store keeps one copy
#: of it for as long as somebody refers to it.
KEEP_FILES = """
    INSERT INTO ir_attachment (
           name, description, res_model, res_id, type, public, company_id, mimetype,
           checksum, file_size, store_fname, db_datas,
           create_uid, create_date, write_uid, write_date)
    SELECT file.name, data.key, %(model)s, data.annex_id, file.type, FALSE,
           file.company_id, file.mimetype, file.checksum, file.file_size,
           file.store_fname, file.db_datas, %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM unnest(%(annexes)s, %(keys)s, %(files)s) AS data(annex_id, key, file_id)
      JOIN ir_attachment file ON file.id = data.file_id
     ORDER BY data.annex_id, file.id
"""
