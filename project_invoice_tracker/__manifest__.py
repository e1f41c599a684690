{
    "name": "Project Invoice Tracker",
    "summary": "Project managers bill their own projects: time and milestones "
    "become invoices, through approval, and every minute is billed once",
    "version": "19.0.1.0.0",
    "author": "Project Invoice Tracker",
    "license": "LGPL-3",
    "category": "Services/Project",
    "application": True,
    "depends": ["account", "project", "hr_timesheet"],
    "data": [
        # Groups first: rules, fields and views name them
        "security/project_invoice_tracker_groups.xml",
        "security/ir.model.access.csv",
        "security/project_invoice_tracker_rules.xml",
        # Records that the code refers to
        "data/ir_cron_data.xml",
        "data/ir_sequence_data.xml",
        "data/mail_activity_type_data.xml",
        "data/product_data.xml",
        # Reports and wizards before the views whose buttons name them
        "report/project_billing_request_reports.xml",
        "report/project_billing_request_templates.xml",
        "wizards/account_move_reversal_views.xml",
        "wizards/project_billing_change_quantity_views.xml",
        "wizards/project_billing_choose_work_views.xml",
        "wizards/project_billing_reason_views.xml",
        "wizards/project_billing_setup_views.xml",
        "views/project_milestone_views.xml",
        "views/project_billing_item_views.xml",
        "views/project_billing_allocation_views.xml",
        "views/project_billing_request_views.xml",
        "views/project_billing_rate_views.xml",
        "views/project_billing_cap_views.xml",
        "views/project_billing_rule_views.xml",
        "views/project_project_views.xml",
        "views/account_analytic_line_views.xml",
        "views/account_move_views.xml",
        "views/res_partner_views.xml",
        "views/res_config_settings_views.xml",
        # Menus last: they name the actions
        "views/project_invoice_tracker_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["project_invoice_tracker/static/tests/tours/**/*"],
    },
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/res_users_demo.xml",
        "demo/project_demo.xml",
        "demo/project_billing_demo.xml",
        "demo/account_analytic_line_demo.xml",
    ],
}
