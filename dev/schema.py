"""Names of all database objects that an add-on may create or leave behind."""

from . import paths, postgres

QUERIES = (
    "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE table_schema = 'public'",
    "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger "
    "WHERE NOT tgisinternal",
    # those of extensions belong to the database, not to an add-on
    "SELECT 'function ' || proname FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS ("
    "SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    "SELECT 'view ' || viewname FROM pg_views WHERE schemaname = 'public'",
    "SELECT model || ' ' || module || '.' || name FROM ir_model_data "
    f"WHERE module LIKE '{paths.ADDON}%'",
    "SELECT 'ir_config_parameter ' || key FROM ir_config_parameter",
    "SELECT 'ir_cron ' || cron_name FROM ir_cron",
)


def names(database):
    """Return the names of columns, constraints, triggers, functions, records."""
    return {row[0] for query in QUERIES for row in postgres.sql(query, database)}
