"""The chatter of a project, for approvers and accountants without project rights."""

from odoo import models


class ProjectProject(models.Model):
    """Odoo's chatter reads collaborators, which only project users may read."""

    _inherit = "project.project"

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Override of `project`: let approvers and accounting open a project."""
        if request_list and not self.env["project.collaborator"].has_access("read"):
            # sudo: names of people, beside those of the followers; super finds them in
            # the cache instead of being refused
            self.sudo().collaborator_ids.mapped("partner_id")
        return super()._thread_to_store(store, fields, request_list=request_list)
