"""Display names hide what a user may not read, since Odoo shows them to anybody.

Odoo computes the name of an activity's document, of what a message is about and of what
a field points to with elevated rights, whoever asks. So a record of ours shows its name
only to users who may read it, and its model and number to all others. Names that Odoo
stores (with an activity) are of the second sort.
"""

from odoo import SUPERUSER_ID, api, models

#: Names are made to be kept, where their readers are not known.
KEPT = "billing_name_is_kept"


class ProjectBillingNamed(models.AbstractModel):
    """Base of models whose names only those see who may read the record."""

    _name = "project.billing.named"
    _description = "Names Without Secrets"

    #: The name is one that anybody inside may know, as the number of a request.
    _name_is_public = False

    @api.depends_context("uid", KEPT)
    def _compute_display_name(self):
        named = self._named()
        return super(ProjectBillingNamed, named)._compute_display_name()

    def _named(self):
        """Name hidden records by model and number; return the other ones."""
        hidden = self._unnamed()
        if hidden:
            kind = self.env["ir.model"]._get(self._name).name
            for record in hidden:
                record.display_name = f"{kind} {record._origin.id}"
        return self - hidden

    def _unnamed(self):
        """Return the records whose names the reader may not see."""
        env = self.env
        if self._name_is_public or not any(self._origin._ids):
            return self.browse()
        if env.context.get(KEPT):
            return self
        if not env.su or env.uid == SUPERUSER_ID:
            # whoever reads without elevation may read them; or it is the system
            return self.browse()
        # the rights of whoever the elevated names are for
        origins = self._origin.sudo(False)
        readable = set(origins._filtered_access("read")._ids)
        return self.filtered(
            lambda record: record._origin and record._origin.id not in readable
        )


class MailActivity(models.Model):
    """An activity, which stores the name of its document for all its readers."""

    _inherit = "mail.activity"

    def _compute_res_name(self):
        """Override to store a name that anybody may see."""
        activities = self.with_context(**{KEPT: True})
        return super(MailActivity, activities)._compute_res_name()
