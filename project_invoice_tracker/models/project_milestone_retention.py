"""Milestones whose reaching releases a retention."""

from odoo import models


class ProjectMilestone(models.Model):
    """A milestone that is reached may release a retention."""

    _inherit = "project.milestone"

    def _billing_sync(self, projects=None):
        """Override to update the releases as well."""
        result = super()._billing_sync(projects)
        projects = self.project_id | (projects or self.project_id)
        held = self.env["project.billing.rule"]._billed_project_ids("retention")
        projects = projects.filtered(lambda project: project.id in held)
        if projects:
            self.flush_model()
            kind = self.env["project.billing.kind"]._get("retention")
            kind.sudo()._sync_items(projects.sudo())  # sudo: items follow sources
        return result
