"""Remember who edited open requests: of earlier versions, the last one is known."""


def migrate(cr, version):
    """Take over who edited a request last; nobody who was barred is free.

    :param version: the version that is upgraded from; nothing on installation
    """
    if not version:
        return
    cr.execute(
        """
        INSERT INTO project_billing_request_editor_rel (request_id, user_id)
        SELECT id, last_editor_id FROM project_billing_request
         WHERE last_editor_id IS NOT NULL
            ON CONFLICT DO NOTHING
        """
    )
