/** The billing of a project, in the panel beside its updates. */

import { patch } from "@web/core/utils/patch";
import { ProjectRightSidePanel } from "@project/components/project_right_side_panel/project_right_side_panel";

patch(ProjectRightSidePanel.prototype, {
    /** Odoo hides the panel of a project without milestones; billing is a reason too. */
    get panelVisible() {
        return super.panelVisible || Boolean(this.state.data.billing);
    },

    get billingColour() {
        return { good: "success", watch: "warning", bad: "danger" }[
            this.state.data.billing.health
        ];
    },

    /** Open the records behind a figure. */
    async openBilling(method) {
        const action = await this.orm.call("project.project", method, [[this.projectId]]);
        await this.actionService.doAction(action);
    },
});
