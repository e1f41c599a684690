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
        "data/ir_sequence_data.xml",
        "data/mail_activity_type_data.xml",
        "data/product_data.xml",
    ],
    "demo": [
        "demo/res_partner_demo.xml",
        "demo/res_users_demo.xml",
        "demo/project_demo.xml",
        "demo/project_billing_demo.xml",
        "demo/account_analytic_line_demo.xml",
    ],
}
