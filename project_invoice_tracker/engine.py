"""The key that opens engine-written fields.

States, counters, links and approvals are written by the methods of this add-on
only. The guard asks for this very object in the context: nobody can send an
object over RPC, so no flag, group or elevated right replaces it.
"""

ENGINE_KEY = "project_invoice_tracker_engine"
ENGINE = object()

#: Context of documents that are written in numbers: no log line and no tracking
#: message per record; the add-on writes one message of its own instead.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
}


def is_engine(env):
    """Tell whether the caller is the engine itself."""
    return env.context.get(ENGINE_KEY) is ENGINE


def engine_context(**more):
    """Return the context keys under which the engine writes."""
    return {ENGINE_KEY: ENGINE, **more}
