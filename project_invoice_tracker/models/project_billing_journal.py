"""The audit log (billing journal): what happened, who, when and why."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import JOURNAL_ACTIONS, UNITS

#: PostgreSQL itself refuses to change the past, whoever asks. An upgrade script that
#: has to says so by switching the trigger off for itself.
APPEND_ONLY = """
    CREATE OR REPLACE FUNCTION project_billing_journal_append_only()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The billing journal is only ever added to.'
              USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE OR REPLACE TRIGGER project_billing_journal_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON project_billing_journal
    FOR EACH STATEMENT EXECUTE FUNCTION project_billing_journal_append_only();
"""


class PlainMany2one(fields.Many2one):
    """A many2one field without a foreign key in PostgreSQL.

    The ledger writes thousands of rows at once, and checking each foreign key would
    take half of the time. Projects with a history are not deleted, nobody sees the rows
    of a deleted company, and currencies are kept by the items.
    """

    def update_db_foreign_key(self, model, column):
        """Override of Odoo's field to create no foreign key."""


class ProjectBillingJournal(models.Model):
    """One event: work reserved, billed or released, a decision, a changed price.

    Rows name their records by plain ids, without foreign keys: deleting a record
    deletes nothing of its history, and changes nothing in the journal.
    """

    _name = "project.billing.journal"
    _inherit = ["project.billing.guard"]
    _description = "Billing Journal"
    _order = "id desc"
    _engine_owned = True
    _rec_name = "action"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", "Done By", required=True, readonly=True, ondelete="restrict"
    )
    action = fields.Selection(JOURNAL_ACTIONS, required=True, readonly=True)
    company_id = PlainMany2one("res.company", required=True, readonly=True)
    project_id = PlainMany2one("project.project", readonly=True, index="btree_not_null")
    request_id = fields.Integer(readonly=True, index="btree_not_null")
    line_id = fields.Integer(readonly=True)
    item_id = fields.Integer(readonly=True, index="btree_not_null")
    allocation_id = fields.Integer(readonly=True)
    invoice_id = fields.Integer(readonly=True, index="btree_not_null")
    document = fields.Char(
        readonly=True, help="Name of the document, as it was at that time."
    )
    quantity = fields.Float(
        digits=0, readonly=True, help="Minutes for time; what changed, with its sign."
    )
    unit = fields.Selection(UNITS, readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = PlainMany2one("res.currency", readonly=True)
    reason = fields.Char(readonly=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)
    model = fields.Char(
        string="Record Type", readonly=True, export_string_translation=False
    )
    res_id = fields.Integer(string="Record", readonly=True)

    # every approval asks who changed a price; few of the rows tell of prices
    _prices_index = models.Index("(company_id, res_id) WHERE action = 'rate_changed'")

    @api.private
    def init(self):
        """Create the trigger that keeps the journal append-only."""
        self.env.cr.execute(SQL(APPEND_ONLY))

    @api.model
    def _record(self, action, vals_list):
        """Add one row per event; callers are the add-on's own methods.

        :param str action: a key of :data:`const.JOURNAL_ACTIONS`
        :param list vals_list: what each event is about; ``company_id`` is required.
            Who and when are filled in: the user of the environment, now.
        :returns: the rows (elevated)
        """
        now = self.env.cr.now()
        return self._engine().create(
            [
                {"user_id": self.env.uid, "date": now, **vals, "action": action}
                for vals in vals_list
            ]
        )
