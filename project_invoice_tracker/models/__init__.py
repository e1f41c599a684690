# The guard and the ledger first, then our models, then those of the host.
from . import billing_named
from . import billing_input
from . import billing_guard
from . import named_records
from . import ir_http
from . import project_billing_kind
from . import project_billing_kind_adjusting
from . import project_billing_kind_advance
from . import project_billing_kind_advance_deduct
from . import project_billing_kind_cost
from . import project_billing_kind_cost_splits
from . import project_billing_kind_manual
from . import project_billing_kind_milestone
from . import project_billing_kind_progress
from . import project_billing_kind_recurring
from . import project_billing_kind_retention
from . import project_billing_kind_time
from . import project_billing_kind_time_pricing
from . import project_billing_kind_time_lines
from . import project_billing_kind_time_minimum
from . import project_billing_ledger
from . import project_billing_ledger_return
from . import project_billing_ledger_surplus
from . import project_billing_ledger_adjusting
from . import project_billing_rule
from . import project_billing_rule_cost
from . import project_billing_rule_terms
from . import project_billing_rule_time
from . import project_billing_rule_days
from . import project_billing_rule_price
from . import project_billing_cap
from . import project_billing_cap_counting
from . import project_billing_rule_cap
from . import project_billing_rule_advance
from . import project_billing_rule_deposit
from . import project_billing_rule_minimum
from . import project_billing_rule_retention
from . import project_billing_rule_milestone
from . import project_billing_rule_progress
from . import project_billing_rule_tracking
from . import project_billing_rate
from . import project_billing_rate_choice
from . import project_billing_rate_preview
from . import project_billing_item
from . import project_billing_item_sources
from . import project_billing_item_past
from . import project_billing_item_allowance
from . import project_billing_allowance
from . import project_billing_allowance_rows
from . import project_billing_allowance_cover
from . import project_billing_kind_advance_packs
from . import project_billing_rule_recurring
from . import project_billing_rule_prepaid
from . import project_billing_rule_allowance
from . import project_billing_kind_time_allowance
from . import project_billing_item_cost
from . import project_billing_item_adjusting
from . import project_billing_progress
from . import project_billing_journal
from . import project_billing_journal_reconcile
from . import project_billing_allocation
from . import project_billing_line
from . import project_billing_line_editing
from . import project_billing_line_explaining
from . import project_billing_line_parts
from . import project_billing_line_unit
from . import project_billing_level
from . import project_billing_step
from . import project_billing_delegation
from . import project_billing_limit
from . import project_billing_approval
from . import project_billing_journal_triggers
from . import project_billing_request
from . import project_billing_request_adjusting
from . import project_billing_request_amounts
from . import project_billing_request_content
from . import project_billing_request_approval
from . import project_billing_request_deciding
from . import project_billing_request_levels
from . import project_billing_request_keeping
from . import project_billing_request_voiding
from . import project_billing_price_changes
from . import price_hosts
from . import project_billing_request_deduction
from . import project_billing_request_ready
from . import project_billing_request_collect
from . import project_billing_request_netting
from . import project_billing_request_paper
from . import project_billing_request_basis
from . import project_billing_request_caps
from . import project_billing_request_changes
from . import project_billing_request_choosing
from . import project_billing_request_foreseeing
from . import project_billing_request_following
from . import project_billing_request_posting
from . import project_billing_request_total
from . import project_billing_request_invoicing
from . import project_billing_request_screens
from . import project_billing_request_cost
from . import project_billing_volume
from . import project_billing_request_sharing
from . import project_billing_journal_screens
from . import project_billing_run_scope
from . import project_billing_run
from . import project_billing_run_line
from . import project_billing_run_work
from . import project_billing_run_schedule
from . import project_billing_health
from . import project_billing_health_finding
from . import project_billing_health_repair
from . import project_billing_health_mending
from . import project_billing_journal_chain
from . import project_billing_request_dating
from . import project_billing_request_long_days
from . import project_billing_comment
from . import project_billing_outbox
from . import project_billing_outbox_retrying
from . import project_billing_outbox_sending
from . import project_billing_request_auto_posting
from . import project_billing_request_ways
from . import project_billing_request_sending
from . import project_billing_request_asking
from . import project_billing_request_reminding
from . import account_analytic_line
from . import account_chart_template
from . import account_move
from . import project_billing_line_crediting
from . import account_move_credit
from . import account_move_replacing
from . import account_move_chain
from . import account_move_proposing
from . import account_move_copying
from . import account_move_deposit
from . import account_move_line
from . import account_move_merging
from . import account_move_validating
from . import account_move_cost
from . import account_move_correction

# after the crediting and the invoicing of lines, which it extends
from . import project_billing_line_adjusting
from . import account_move_adjusting
from . import account_move_books
from . import account_move_sent
from . import project_milestone
from . import project_milestone_retention
from . import project_milestone_acceptance
from . import project_milestone_sign_off
from . import project_project
from . import project_project_balances
from . import project_project_billing
from . import project_project_allowance
from . import project_task
from . import project_billing_kind_time_customer
from . import res_company
from . import res_company_approving
from . import res_company_sending
from . import res_config_settings
from . import res_partner

# after the models whose methods they extend
from . import project_billing_request_alive
from . import project_billing_role

# the figures of a project, read only
from . import project_billing_invoice
from . import project_billing_invoice_actions
from . import project_project_figures
from . import project_project_burn
from . import project_project_health
from . import project_project_budget_alert
from . import project_project_dashboard
from . import project_project_chatter

# capacity and reports on time, read only
from . import project_billing_capacity
from . import project_billing_utilisation
from . import project_billing_request_work
from . import project_billing_lead_time
from . import project_billing_collection

# the cockpit, and its parts in the order in which they add to it
from . import project_billing_cockpit
from . import project_billing_cockpit_work
from . import project_billing_cockpit_cash
from . import project_billing_cockpit_money
from . import project_billing_cockpit_limits
from . import project_billing_cockpit_team
from . import project_billing_cockpit_attention

# leaks
from . import project_billing_leak_settings
from . import project_billing_leak
from . import project_billing_leak_fixing
from . import project_billing_leak_correcting
from . import project_billing_accrual
from . import project_billing_accrual_line
from . import project_billing_accrual_figures
from . import project_billing_accrual_posting
from . import res_users_digest
from . import res_users_person

# after all that they extend
from . import bound_hosts

# reports on money: who stands behind what was posted, and what reads it
from . import project_billing_share
from . import account_move_share
from . import project_billing_report
from . import project_billing_report_order
from . import project_billing_report_billed
from . import project_billing_report_wip
from . import project_billing_report_rate
from . import project_billing_report_margin
from . import project_billing_report_vendor

# what the client gets
from . import project_billing_template
from . import project_billing_annex
from . import account_move_annex
from . import account_move_paper
from . import project_billing_request_service

# questions of clients; after what follows the ledger
from . import project_billing_question
from . import project_billing_question_telling
from . import project_billing_question_asking
from . import project_billing_question_crediting
from . import project_billing_question_settling
from . import project_billing_question_portal
from . import project_billing_question_screens

# what happens by itself, and the check of time before it
from . import res_company_automatic
from . import project_billing_schedule
from . import project_billing_schedule_turn
from . import project_billing_schedule_due
from . import account_move_automatic

# the client's side: sign-off and the customer portal
from . import project_billing_acceptance
from . import project_billing_rule_portal
from . import project_milestone_asking
from . import project_milestone_equal
from . import project_milestone_link
from . import project_milestone_deciding
from . import project_billing_outbox_signed
from . import project_project_portal
from . import project_project_portal_page
from . import project_billing_rule_client
from . import project_milestone_client
from . import res_company_portal
from . import account_move_portal

# Reminders of invoices, and the statement of account.
from . import res_company_reminding
from . import project_billing_reminder_level
from . import project_billing_reminder
from . import project_billing_reminder_queue
from . import project_billing_outbox_dunning
from . import project_billing_invoice_reminders
from . import account_move_reminding
from . import mail_mail_dunning
from . import mail_mail_links
from . import res_partner_statement
from . import project_project_check
from . import project_billing_item_check
from . import project_billing_item_open
from . import account_analytic_line_check
from . import account_move_pack
from . import project_billing_request_document
from . import bound_paper
from . import project_own
from . import host_numbers
