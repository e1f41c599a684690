"""The context key that allows methods of this add-on to write guarded fields.

States, counters, links and approvals are written by the methods of this add-on only.
The guard requires this very Python object in the context: nobody can send an object
over RPC, so no flag, group or elevated right can replace it.
"""

ENGINE_KEY = "project_invoice_tracker_engine"
ENGINE = object()

#: Context to write many documents at once: no log line and no tracking message per
#: record; the add-on writes one message of its own instead.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
}


def is_engine(env):
    """Tell whether the context has the engine's key."""
    return env.context.get(ENGINE_KEY) is ENGINE


def engine_context(**more):
    """Return the context with the engine's key, and ``more`` keys."""
    return {ENGINE_KEY: ENGINE, **more}
