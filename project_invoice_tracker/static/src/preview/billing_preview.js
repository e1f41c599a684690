import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component } from "@odoo/owl";

const REPORT = "project_invoice_tracker.report_billing_request";

/** The pre-bill of the record on the screen, as the customer would read it. */
export class BillingPreview extends Component {
    static template = "project_invoice_tracker.BillingPreview";
    static props = { ...standardWidgetProps };

    get url() {
        const { resId, data } = this.props.record;
        // another address after each change, so that the browser loads it again
        return resId && `/report/html/${REPORT}/${resId}?at=${data.amount_total || 0}`;
    }

    onLoad(ev) {
        const { body } = ev.target.contentDocument;
        body.classList.add("o_in_iframe", "container-fluid");
        body.classList.remove("container");
    }
}

registry.category("view_widgets").add("billing_preview", {
    component: BillingPreview,
    fieldDependencies: [{ name: "amount_total", type: "monetary" }],
});
