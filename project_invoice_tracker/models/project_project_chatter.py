"""The chatter of a project, for people who approve or post and are in no project."""

from odoo import models


class ProjectProject(models.Model):
    """Odoo reads the collaborators there, which only users of projects may."""

    _inherit = "project.project"

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Override of `project`: let approvers and accounting open a project."""
        if request_list and not self.env["project.collaborator"].has_access("read"):
            # sudo: names of people, beside those of the followers; super finds them in
            # the cache instead of being refused
            self.sudo().collaborator_ids.mapped("partner_id")
        return super()._thread_to_store(store, fields, request_list=request_list)
