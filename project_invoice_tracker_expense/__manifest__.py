{
    "name": "Project Invoice Tracker: Expenses",
    "summary": "Employee expenses on a project are billed to its customer",
    "version": "19.0.1.0.0",
    "author": "Project Invoice Tracker",
    "license": "LGPL-3",
    "category": "Services/Project",
    "depends": ["project_invoice_tracker", "hr_expense"],
    "auto_install": True,
    "data": ["views/project_billing_item_views.xml"],
}
