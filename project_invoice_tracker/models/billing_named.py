"""Names: they hold no secret, since Odoo shows them by elevated rights in many places.

The name of an activity's document, of what a message is about and of what a field of
another record points to are computed by the system, whoever asks. So a record of ours
is named for those only who may read it; to everybody else it is what it is, with its
number. What Odoo keeps of a name (with an activity) is that as well.
"""

from odoo import SUPERUSER_ID, api, models

#: Names are made to be kept, where their readers are not known.
KEPT = "billing_name_is_kept"


class ProjectBillingNamed(models.AbstractModel):
    """Records whose names are for those who may read them."""

    _name = "project.billing.named"
    _description = "Names Without Secrets"

    #: The name is one that anybody inside may know, as the number of a request.
    _name_is_public = False

    @api.depends_context("uid", KEPT)
    def _compute_display_name(self):
        named = self._named()
        return super(ProjectBillingNamed, named)._compute_display_name()

    def _named(self):
        """Name those that the reader may not read by their kind; return the others."""
        hidden = self._unnamed()
        if hidden:
            kind = self.env["ir.model"]._get(self._name).name
            for record in hidden:
                record.display_name = f"{kind} {record._origin.id}"
        return self - hidden

    def _unnamed(self):
        """Return the records whose names the reader is not to see."""
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
    """The name of a document is kept with its activities, and read by their users."""

    _inherit = "mail.activity"

    def _compute_res_name(self):
        """Override: as everybody may know it."""
        activities = self.with_context(**{KEPT: True})
        return super(MailActivity, activities)._compute_res_name()
