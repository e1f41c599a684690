"""Tasks: unbilled time follows a task to another project, or another customer."""

from odoo import models

#: Fields that decide the project and the customer of a task's time.
PLACE_FIELDS = {"project_id", "partner_id", "parent_id"}


class ProjectTask(models.Model):
    """Moving a task, or changing its customer, moves the items of its unbilled time."""

    _inherit = "project.task"

    def write(self, vals):
        if not vals.keys() & PLACE_FIELDS:
            return super().write(vals)
        # sudo: all time of the task follows it, whoever logged it
        tasks_sudo = self.sudo()
        entries_sudo = (tasks_sudo | tasks_sudo._get_all_subtasks()).timesheet_ids
        projects_sudo = entries_sudo.project_id
        before = {entry.id: entry.project_id for entry in entries_sudo}
        result = super().write(vals)
        if entries_sudo:
            entries_sudo.with_env(self.env)._billing_check_moved(before)
            entries_sudo._billing_sync(projects_sudo)
        return result
