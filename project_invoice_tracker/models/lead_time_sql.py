"""The query behind time to invoice: the days of each step, from work to sending.

A step that was noted on an earlier day than the one before it counts from that day, so
the steps always sum to the whole.
"""

#: First asked for, last approved, last drafted: what was sent back and asked for
#: again counts as approval.
LOG = """
    SELECT step.request_id,
           min(step.date) FILTER (WHERE step.decision = 'submit') AS submitted,
           max(step.date) FILTER (WHERE step.decision IN (
               'approve', 'approve_own', 'approve_rule', 'approve_kept')) AS approved,
           max(step.date) FILTER (WHERE step.decision = 'invoice') AS drafted
      FROM project_billing_approval step
     GROUP BY step.request_id
"""
#: The days as they were noted.
NOTED = """
    SELECT request.id, request.name, request.project_id, request.user_id,
           request.partner_id, request.company_id, request.currency_id,
           request.amount_untaxed, request.state,
           least(request.date_work_last, %(submitted)s) AS work,
           %(submitted)s AS submitted,
           CASE WHEN request.state IN ('approved', 'invoiced')
                THEN %(approved)s END AS approved,
           CASE WHEN request.state = 'invoiced' THEN %(drafted)s END AS drafted,
           CASE WHEN move.state = 'posted' THEN move.invoice_date END AS posted,
           CASE WHEN move.state = 'posted' THEN move.billing_date_sent END AS sent
      FROM project_billing_request request
      JOIN (%(log)s) log ON log.request_id = request.id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE request.state IN ('submitted', 'approved', 'invoiced')
       AND log.submitted IS NOT NULL
"""
#: The same, none before another.
ORDERED = """
    SELECT noted.id, noted.name, noted.project_id, noted.user_id, noted.partner_id,
           noted.company_id, noted.currency_id, noted.amount_untaxed, noted.state,
           noted.work, noted.submitted,
           noted.approved + greatest(0, noted.submitted - noted.approved) AS approved,
           noted.drafted + greatest(0, noted.submitted - noted.drafted,
               noted.approved - noted.drafted) AS drafted,
           noted.posted + greatest(0, noted.submitted - noted.posted,
               noted.approved - noted.posted, noted.drafted - noted.posted) AS posted,
           noted.sent + greatest(0, noted.submitted - noted.sent,
               noted.approved - noted.sent, noted.drafted - noted.sent,
               noted.posted - noted.sent) AS sent
      FROM (%(noted)s) noted
"""
STEPS = """
    SELECT step.id, step.name, step.project_id, step.user_id, step.partner_id,
           step.company_id, step.currency_id, step.amount_untaxed, step.state,
           step.work AS date_work, step.submitted AS date_submitted,
           step.approved AS date_approved, step.drafted AS date_drafted,
           step.posted AS date_posted, step.sent AS date_sent,
           step.submitted - step.work AS days_ask,
           step.approved - step.submitted AS days_approve,
           step.drafted - step.approved AS days_draft,
           step.posted - step.drafted AS days_post,
           step.sent - step.posted AS days_send,
           step.sent - step.work AS days_total
      FROM (%(ordered)s) step
"""
#: The step that took longest, the earliest of equals; none where nothing took a day.
ROWS = """
    SELECT days.*,
           CASE greatest(days_ask, days_approve, days_draft, days_post, days_send)
                WHEN 0 THEN NULL WHEN days_ask THEN 'ask'
                WHEN days_approve THEN 'approve' WHEN days_draft THEN 'draft'
                WHEN days_post THEN 'post' WHEN days_send THEN 'send'
           END AS slowest_step
      FROM (%(steps)s) days
"""
