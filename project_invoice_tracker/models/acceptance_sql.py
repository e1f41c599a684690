"""Queries that write the customer's acceptances to the audit log and compare both."""

from .journal_chain_sql import hash_of

#: All that a row of the log of sign-offs says, but who the contact is: contacts are
#: merged, and deleted.
SAID = hash_of(
    "concat_ws('|', said.milestone_id, said.decision,"
    " coalesce(trim_scale(said.percent), 0), coalesce(trim_scale(said.amount), 0),"
    " said.currency_id, said.day - date '2000-01-01', coalesce(said.ask_number, 0),"
    " to_char(said.date, 'YYYY-MM-DD HH24:MI:SS'), length(said.name), said.name,"
    " length(said.email), said.email, said.reason)"
)
TELL = f"""
        INSERT INTO project_billing_journal (
               date, user_id, action, company_id, project_id, document, amount,
               currency_id, after, model, res_id)
        SELECT now() AT TIME ZONE 'UTC', coalesce(said.create_uid, 1), 'signed',
               said.company_id, said.project_id, milestone.name, said.amount,
               said.currency_id,
               jsonb_build_object('decision', said.decision,
                                  'milestone', said.milestone_id, 'said', {SAID}),
               'project.billing.acceptance', said.id
          FROM %s AS said
          JOIN project_milestone milestone ON milestone.id = said.milestone_id
"""
ACCEPTED = f"""
    CREATE OR REPLACE FUNCTION project_billing_journal_signed()
    RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {TELL % "added"};
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER project_billing_journal_signed
    AFTER INSERT ON project_billing_acceptance
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION project_billing_journal_signed();
"""
FUNCTIONS = ("project_billing_journal_signed",)
#: Rows of before the journal was told.
TELL_THE_PAST = f"""
    {TELL % "project_billing_acceptance"}
     WHERE NOT EXISTS (SELECT FROM project_billing_journal journal
                        WHERE journal.model = 'project.billing.acceptance'
                          AND journal.res_id = said.id)
     ORDER BY said.id
"""
#: Rows that came, went or changed past the add-on, and sign-offs without any.
ACCEPTANCES = f"""
    WITH told AS (
        SELECT res_id, company_id, after ->> 'said' AS said,
               after ->> 'decision' AS decision,
               (after ->> 'milestone')::integer AS milestone_id
          FROM project_billing_journal WHERE model = 'project.billing.acceptance'),
    kept AS (
        SELECT said.*, {SAID} AS said,
               coalesce(max(said.id) FILTER (WHERE said.decision = 'revoked')
                        OVER (PARTITION BY said.milestone_id), 0) AS revoked
          FROM project_billing_acceptance said),
    counted AS (
        SELECT milestone_id, min(company_id) AS company_id,
               max(id) FILTER (WHERE decision IN ('accepted', 'deemed')) AS whole,
               coalesce(sum(percent) FILTER (WHERE decision = 'part'), 0) AS parts
          FROM kept WHERE id > revoked GROUP BY milestone_id)
    SELECT coalesce(kept.milestone_id, told.milestone_id) AS res_id,
           coalesce(told.company_id, kept.company_id) AS company_id,
           coalesce(kept.decision, '–') AS found,
           coalesce(told.decision, '–') AS expected
      FROM told
      FULL JOIN kept ON kept.id = told.res_id
     WHERE told.said IS DISTINCT FROM kept.said
       -- they go with their milestone
       AND (kept.id IS NOT NULL OR EXISTS (
            SELECT FROM project_milestone milestone
             WHERE milestone.id = told.milestone_id))
     UNION ALL
    SELECT milestone.id,
           coalesce(counted.company_id, project.company_id, rule.company_id),
           concat_ws(', ', CASE WHEN milestone.billing_signed_off THEN '100' END,
                     milestone.billing_signed_by, milestone.billing_signed_date,
                     nullif(part.percent, 0)),
           concat_ws(', ', CASE WHEN last.id IS NOT NULL THEN '100' END,
                     last.name, last.day, nullif(counted.parts, 0))
      FROM project_milestone milestone
      JOIN project_project project ON project.id = milestone.project_id
      LEFT JOIN counted ON counted.milestone_id = milestone.id
      LEFT JOIN project_billing_acceptance last ON last.id = counted.whole
      LEFT JOIN (SELECT project_id, min(company_id) AS company_id
                   FROM project_billing_rule GROUP BY project_id) rule
        ON rule.project_id = milestone.project_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum((part ->> 0)::numeric), 0) AS percent
             FROM jsonb_array_elements(
                  CASE jsonb_typeof(milestone.billing_accepted_parts)
                  WHEN 'array' THEN milestone.billing_accepted_parts
                  ELSE '[]' END) AS part) part
     WHERE milestone.billing_signed_off IS TRUE <> (last.id IS NOT NULL)
        OR last.id IS NOT NULL AND (
           milestone.billing_signed_by IS DISTINCT FROM last.name
           OR milestone.billing_signed_date IS DISTINCT FROM last.day)
        OR abs(part.percent - coalesce(counted.parts, 0)) > 0.000001
"""
