"""Pages that ``bench-tracker`` opens: each one of the menu, with its RPC calls.

The calls are read from the actions and views, so a new page is measured without any
change here: a pivot asks for its groups at once, a graph for one grouping, a list for
its first rows, with the filters that the action switches on.
"""

import json
import time
from datetime import date

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo.tools.safe_eval import safe_eval, time as eval_time

ROOT = "project_invoice_tracker.project_billing_menu_root"
ROWS = 80  # of a list, at first
COCKPIT = "project.billing.cockpit"
#: Filters that nothing stored answers.
FILTERS = {"project.project": {"act now": [("billing_health", "=", "bad")]}}


def pages(env):
    """Return the pages that a user finds below the menu, the cockpit first."""
    found = []
    if COCKPIT in env:
        call = {"model": COCKPIT, "method": "figures", "args": [{}], "kw": {}}
        found.append({"name": "Cockpit", "kind": "cockpit", "calls": [call]})
    menus = env["ir.ui.menu"].search([("id", "child_of", env.ref(ROOT).id)])
    visible = env["ir.ui.menu"]._visible_menu_ids()
    for menu in menus.filtered(lambda menu: menu.id in visible):
        action = menu.action
        if action and action._name == "ir.actions.act_window":
            found += _pages(env, menu.name, action.sudo())
    return found


def record(cursor):
    """Return the list to which a cursor appends every statement it executes."""
    statements, original = [], cursor.execute

    def execute(query, params=None, log_exceptions=True):
        start = time.perf_counter()
        result = original(query, params, log_exceptions)
        text = cursor._obj.query.decode()
        statements.append((time.perf_counter() - start, text))
        return result

    cursor.execute = execute
    return statements


def explain(env, statement):
    """Return the statement and its plan, with rows and buffers."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH", "(")):
        return statement
    escaped = statement.replace("%", "%%")
    env.cr.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {escaped}", ())
    plan = "\n".join(row for (row,) in env.cr.fetchall())
    return f"{statement}\n\n{plan}"


def _pages(env, name, action):
    """Return what opens with an action: its first view; of an analysis, the list too.

    And, where a filter is computed for all records at once, the view behind it.
    """
    if not env[action.res_model].has_access("read"):
        return []
    modes = action.view_mode.split(",")
    kinds = [modes[0]]
    if modes[0] in ("pivot", "graph") and "list" in modes:
        kinds.append("list")
    found = [
        {"name": name, "kind": kind, "calls": _calls(env, action, kind)}
        for kind in kinds
    ]
    for words, domain in FILTERS.get(action.res_model, {}).items():
        calls = _calls(env, action, kinds[0], domain)
        found.append({"name": f"{name}, {words}", "kind": kinds[0], "calls": calls})
    return [page for page in found if page["calls"]]


def _calls(env, action, kind, chosen=()):
    """Return the calls that a view of an action makes.

    :param chosen: the domain of a filter that somebody switches on
    """
    model = env[action.res_model]
    view_id = next((view for view, mode in action.views if mode == kind), False)
    views = model.get_views([(view_id, kind), (action.search_view_id.id, "search")])
    scope = {"uid": env.uid, "context": dict(env.context), "time": eval_time}
    context = safe_eval(action.context or "{}", dict(scope))
    domain = safe_eval(action.domain or "[]", dict(scope))
    search = etree.fromstring(views["views"]["search"]["arch"])
    found, groups = _defaults(search, context, scope)
    view = etree.fromstring(views["views"][kind]["arch"])
    builder = {"pivot": _pivot, "graph": _graph}.get(kind, _rows)
    return builder(model, view, [*domain, *found, *chosen], groups)


def _defaults(search, context, scope):
    """Return the domain and the groups of the filters that are on at first."""
    domain, groups = [], []
    for name, value in context.items():
        node = search.find(f".//filter[@name='{name.removeprefix('search_default_')}']")
        if not name.startswith("search_default_") or not value or node is None:
            continue
        if node.get("date"):
            domain += _period(node.get("date"), node.get("default_period", "month"))
        if node.get("domain"):
            domain += safe_eval(node.get("domain"), dict(scope))
        if "group_by" in (node.get("context") or ""):
            groups.append(safe_eval(node.get("context"), dict(scope))["group_by"])
    return domain, groups


def _period(field, periods):
    """Return the domain of a date filter: months and years, from the first to now."""
    first, today = [], date.today()
    for period in periods.split(","):
        name, _minus, back = period.partition("-")
        if name == "year":
            first.append(
                today.replace(month=1, day=1, year=today.year - int(back or 0))
            )
        elif name == "month":
            first.append(today.replace(day=1) - relativedelta(months=int(back or 0)))
    if not first:
        return []
    return [(field, ">=", str(min(first))), (field, "<=", str(today))]


def _measures(model, view):
    """Return the aggregates of the measures of a pivot or a graph."""
    names = [node.get("name") for node in view.iter("field") if _is_measure(node)]
    fields = model._fields
    return [
        f"{name}:{fields[name].aggregator}" for name in names if fields[name].aggregator
    ] + ["__count"]


def _is_measure(node):
    return node.get("type") == "measure"


def _groupings(view, *types):
    return [
        node.get("name") + (f":{node.get('interval')}" if node.get("interval") else "")
        for node in view.iter("field")
        if node.get("type") in types and not node.get("invisible")
    ]


def _pivot(model, view, domain, groups):
    """A pivot asks for the first row groups, the columns, and both, at once."""
    rows = (groups or _groupings(view, "row"))[:1]
    columns = _groupings(view, "col")[:1]
    sets = [[], rows, columns, [*rows, *columns]]
    sets = [list(one) for one in dict.fromkeys(tuple(one) for one in sets)]
    return [
        _call(
            model, "formatted_read_grouping_sets", domain, sets, _measures(model, view)
        )
    ]


def _graph(model, view, domain, groups):
    axes = groups or _groupings(view, None, "row")
    return [_call(model, "formatted_read_group", domain, axes, _measures(model, view))]


def _rows(model, view, domain, groups):
    """A list or a kanban reads its first rows, or the first groups and their rows."""
    names = {node.get("name") for node in view.iter("field")}
    names = {name for name in names if name in model._fields}
    specification = {
        name: {"fields": {"display_name": {}}} if model._fields[name].relational else {}
        for name in sorted(names)
    }
    groups = groups or list(filter(None, [view.get("default_group_by")]))
    if groups:
        call = _call(model, "web_read_group", domain, groups[:1], ["__count"])
        call["kw"] |= {
            "auto_unfold": True,
            "unfold_read_specification": specification,
            "unfold_read_default_limit": ROWS,
            "limit": ROWS,
        }
        return [call]
    call = _call(model, "web_search_read", domain, specification)
    call["kw"] |= {"limit": ROWS, "count_limit": 10001}
    return [call]


def _call(model, method, *args):
    context = {"lang": "en_US", "allowed_company_ids": model.env.companies.ids}
    plain = json.loads(json.dumps(args, default=str))
    plain[0] = [tuple(term) if isinstance(term, list) else term for term in plain[0]]
    return {
        "model": model._name,
        "method": method,
        "args": plain,
        "kw": {"context": context},
    }
