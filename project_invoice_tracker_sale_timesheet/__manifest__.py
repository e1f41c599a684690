{
    "name": "Project Invoice Tracker: Sales Timesheets",
    "summary": "What a sales order bills, billing requests leave alone, and vice versa",
    "version": "19.0.1.0.0",
    "author": "Project Invoice Tracker",
    "license": "LGPL-3",
    "category": "Services/Project",
    "depends": ["project_invoice_tracker", "sale_timesheet"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "assets": {
        "web.assets_backend": [
            "project_invoice_tracker_sale_timesheet/static/src/**/*",
        ],
        "web.assets_tests": [
            "project_invoice_tracker_sale_timesheet/static/tests/tours/**/*",
        ],
    },
    "data": [
        "security/ir.model.access.csv",
        "security/project_billing_handover_rules.xml",
        "views/account_analytic_line_views.xml",
        "views/portal_templates.xml",
        "views/project_billing_request_views.xml",
        "views/project_project_views.xml",
        "views/project_task_views.xml",
        "wizards/project_billing_handover_window_views.xml",
        "wizards/project_billing_setup_views.xml",
        "wizards/project_billing_take_off_views.xml",
    ],
}
