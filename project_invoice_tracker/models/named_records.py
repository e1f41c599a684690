"""Records that billing refers to cannot be deleted.

Without its task, a rate for that task would apply to everybody; without its people, so
would a rule. PostgreSQL refuses the deletion on every route (``ondelete="restrict"``);
this file adds a sentence that names the record which refers to it.
"""

from odoo import api, models, tools
from odoo.tools import SQL

from ..engine import is_engine
from ..exceptions import BillingError

#: Their own guards say what holds them, and cost nothing where nobody bills.
GUARDED = {"account.analytic.line", "account.move", "account.move.line"}


class Base(models.AbstractModel):
    """Any model: refuses to delete what a record of ours refers to."""

    _inherit = "base"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_named_by_billing(self):
        """Refuse the deletion in words, also of what PostgreSQL would delete along.

        :raises BillingError: naming the record, what names it, and the remedy
        """
        if self._name not in self._billing_looked_at():
            return
        if self._name.startswith("project.billing.") and is_engine(self.env):
            return
        self.env.flush_all()
        cascades = self._billing_cascades()
        seen, waiting = set(), [(self._name, tuple(self.ids))]
        while waiting:
            name, ids = waiting.pop()
            new = tuple(id_ for id_ in ids if (name, id_) not in seen)
            if not new:
                continue
            seen.update((name, id_) for id_ in new)
            self.env[name].browse(new)._billing_refuse_named()
            for model, column in cascades.get(name, ()):
                rows = self.env.execute_query(
                    SQL(
                        "SELECT id FROM %s WHERE %s IN %s",
                        SQL.identifier(self.env[model]._table),
                        SQL.identifier(column),
                        new,
                    )
                )
                waiting.append((model, tuple(id_ for (id_,) in rows)))

    def _billing_refuse_named(self):
        """Refuse to delete these records if one of ours refers to them."""
        namers = self._billing_namers().get(self._name)
        if not namers or not self.ids:
            return
        found = self.env.execute_query(
            SQL(" UNION ALL ").join(
                self._billing_namer_sql(model, name) for model, name in namers
            )
        )
        # what goes itself holds nothing
        gone = set(self.ids)
        for model, name, namer_id, named_id in found:
            if model == self._name and namer_id in gone:
                continue
            self.browse(named_id)._billing_refuse_deletion(
                self.env[model].browse(namer_id), name
            )

    def _billing_namer_sql(self, model, name):
        """Return the query of one of our records that refers to these by a field."""
        field = self.env[model]._fields[name]
        if field.type == "many2many":
            table, namer, named = field.relation, field.column1, field.column2
        else:
            table, namer, named = self.env[model]._table, "id", name
        return SQL(
            "(SELECT %s, %s, namer.%s, namer.%s FROM %s namer"
            " WHERE namer.%s IN %s LIMIT 1)",
            model,
            name,
            SQL.identifier(namer),
            SQL.identifier(named),
            SQL.identifier(table),
            SQL.identifier(named),
            tuple(self.ids),
        )

    def _billing_refuse_deletion(self, namer, name):
        """Refuse, saying which record of ours refers to this one.

        :param namer: the record of ours that does
        :param str name: of its field
        """
        values = {
            # sudo: the name of a record that the user is deleting
            "record": self.sudo().display_name,
            "field": namer._fields[name]._description_string(self.env),
            "holder": namer._billing_holder_in_words(),
        }
        if self._active_name:
            raise BillingError(
                self.env._(
                    "“%(record)s” cannot be deleted: %(holder)s names it "
                    "(%(field)s), and would say something else without it. Archive it "
                    "instead, or change that first.",
                    **values,
                )
            )
        raise BillingError(
            self.env._(
                "“%(record)s” cannot be deleted: %(holder)s names it (%(field)s), and "
                "would say something else without it. Change that first.",
                **values,
            )
        )

    def _billing_holder_in_words(self):
        """Return this record in words, as far as the user may know it."""
        # sudo: what kind of record it is
        kind = self.env["ir.model"]._get(self._name).sudo().name
        visible = self.with_env(self.env).has_access("read")
        # sudo: where it belongs, for whoever has to ask somebody else about it
        record_sudo = self.sudo()
        name = visible and record_sudo._billing_name_as_holder()
        if not name and "project_id" in self._fields and record_sudo.project_id:
            if record_sudo.project_id.with_env(self.env).has_access("read"):
                name = record_sudo.project_id.name
        if not name and "company_id" in self._fields:
            name = record_sudo.company_id.name
        return f"{kind} “{name}”" if name else kind

    def _billing_name_as_holder(self):
        """Return the name of a record that the user may read; overridden by some."""
        return self.display_name

    # === WHAT NAMES WHAT ===

    @api.model
    @tools.ormcache()
    def _billing_looked_at(self):
        """Return the names of the models whose deletion is checked."""
        return frozenset(self._billing_namers()) | frozenset(self._billing_cascades())

    @api.model
    @tools.ormcache()
    def _billing_namers(self):
        """Return ``{model: ((model of ours, field), …)}`` of checked references."""
        found = {}
        for model in self.env.registry.values():
            if not model._auto or model._abstract or model._transient:
                continue
            for name, field in model._fields.items():
                if (
                    field.type in ("many2one", "many2many")
                    and field.store
                    and field.ondelete == "restrict"
                    and field.comodel_name not in GUARDED
                    and (
                        model._name.startswith("project.billing.")
                        or name.startswith("billing_")
                    )
                ):
                    found.setdefault(field.comodel_name, []).append((model._name, name))
        return {name: tuple(sorted(namers)) for name, namers in found.items()}

    @api.model
    @tools.ormcache()
    def _billing_cascades(self):
        """Return ``{model: ((model, column), …)}`` of what PostgreSQL deletes along.

        Only where that leads to something that a record of ours names.
        """
        edges = {}
        for model in self.env.registry.values():
            if not model._auto or model._abstract or model._transient:
                continue
            if model._name.startswith("project.billing.") or model._name in GUARDED:
                continue
            for name, field in model._fields.items():
                if (
                    field.type == "many2one"
                    and field.store
                    and not field.company_dependent
                    and field.ondelete == "cascade"
                    and field.model_name == model._name
                ):
                    edges.setdefault(field.comodel_name, set()).add((model._name, name))
        reached = set(self._billing_namers())
        while True:
            more = {
                name
                for name, targets in edges.items()
                if name not in reached and any(m in reached for m, _name in targets)
            }
            if not more:
                break
            reached |= more
        return {
            name: tuple(sorted(t for t in targets if t[0] in reached))
            for name, targets in edges.items()
            if any(target in reached for target, _name in targets)
        }
