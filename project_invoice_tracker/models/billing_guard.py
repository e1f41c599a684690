"""Engine fields: only the add-on's own methods write them, on any route."""

from odoo import api, models
from odoo.exceptions import AccessError

from ..engine import engine_context, is_engine


class ProjectBillingGuard(models.AbstractModel):
    """Refuses every write of engine fields that does not come from the engine.

    The check looks at the records as they are afterwards, not at the values that
    came in: defaults in the context, nested commands, imports and copies end in
    the same place. It holds for the superuser too, since crons and portal pages
    run as such.
    """

    _name = "project.billing.guard"
    _inherit = ["project.billing.input"]
    _description = "Engine-written fields"

    #: The whole model belongs to the engine: nobody else creates or changes a row.
    _engine_owned = False
    #: Names of the fields that only the engine writes.
    _engine_fields = frozenset()

    def _engine(self):
        """Return the same records with the engine's key and elevated rights.

        Only to be called after the rights and the state were checked.
        """
        # sudo: the engine writes what its caller may not; callers check first
        return self.sudo().with_context(**engine_context())

    @api.model_create_multi
    def create(self, vals_list):
        if is_engine(self.env):
            return super().create(vals_list)
        self._refuse_if_engine_owned()
        given = {
            name.removeprefix("default_")
            for name in self.env.context
            if name.startswith("default_")
        }
        self._refuse_derived(given.union(*vals_list))
        records = super().create(vals_list)
        pristine = records._engine_defaults()
        for record in records:
            record._refuse_engine_change(pristine, record._engine_snapshot())
        return records

    def write(self, vals):
        if is_engine(self.env) or not self:
            return super().write(vals)
        self._refuse_if_engine_owned()
        self._refuse_derived(vals.keys())
        before = {record.id: record._engine_snapshot() for record in self}
        result = super().write(vals)
        for record in self:
            record._refuse_engine_change(before[record.id], record._engine_snapshot())
        return result

    def onchange(self, values, field_names, fields_spec):
        """Override of `web` to keep forms from changing engine fields."""
        if self:
            mine = self._engine_fields
            values = {name: v for name, v in values.items() if name not in mine}
            field_names = [name for name in field_names if name not in mine]
        return super().onchange(values, field_names, fields_spec)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine_owned(self):
        if not is_engine(self.env):
            self._refuse_if_engine_owned()

    def _engine_defaults(self):
        """Return the values of the engine fields on an untouched record."""
        return {
            name: field.default(self) if field.default else False
            for name, field in self._fields.items()
            if name in self._engine_fields
        }

    def _engine_snapshot(self):
        """Return the engine fields of one record as plain values."""
        self.ensure_one()
        # sudo: some engine fields are hidden from the user whose write is checked
        record_sudo = self.sudo()
        return {name: record_sudo[name] or False for name in self._engine_fields}

    def _refuse_derived(self, names):
        """Refuse values for stored computed fields, such as amounts.

        Odoo takes such a value as it is given and does not compute it again.
        """
        for name in names:
            field = self._fields.get(name)
            if field and field.store and field.compute and field.readonly:
                raise AccessError(
                    self.env._(
                        "%(field)s follows from other fields and cannot be set.",
                        field=field.string or name,
                    )
                )

    def _refuse_engine_change(self, before, after):
        changed = [
            name for name, value in after.items() if value != (before[name] or False)
        ]
        if changed:
            labels = [self._fields[name].string or name for name in sorted(changed)]
            raise AccessError(
                self.env._(
                    "%(record)s: %(fields)s cannot be set directly. "
                    "Use the buttons of the billing request.",
                    record=self.sudo().display_name,  # sudo: name of a checked record
                    fields=", ".join(labels),
                )
            )

    def _refuse_if_engine_owned(self):
        if self._engine_owned:
            raise AccessError(
                self.env._(
                    "%(model)s is kept by Project Billing itself and cannot be "
                    "changed directly. Use the buttons of the billing request.",
                    model=self.env["ir.model"]._get(self._name).name,
                )
            )
