/** Lists of requests: a decision is on what stands in the list, and on nothing else. */

import { registry } from "@web/core/registry";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

export class DecisionListController extends ListController {
    /** Tell the server which submission of each chosen request was on the screen. */
    async beforeExecuteActionButton(clickParams) {
        const shown = this.model.root.selection.map((record) => [
            record.resId,
            record.data.submission_number,
        ]);
        clickParams.buttonContext = {
            ...clickParams.buttonContext,
            billing_submissions: Object.fromEntries(shown),
        };
        return super.beforeExecuteActionButton(clickParams);
    }
}

registry.category("views").add("billing_decision_list", {
    ...listView,
    Controller: DecisionListController,
});
