"""What people send: limits of texts and numbers, and rights on the ids they name."""

from odoo import api, models
from odoo.fields import Command

from ..billing.rounding import LARGEST_ID, is_storable_number
from ..billing.texts import LONGEST, is_storable
from ..engine import is_engine
from ..exceptions import BillingError

#: Models of Odoo whose records a form of ours may name, with the right to read them.
NAMED_MODELS = {
    "account.move",
    "account.move.line",
    "project.project",
    "project.milestone",
    "project.task",
    "account.analytic.line",
    "res.company",
}
OURS = "project.billing."
#: Types of fields that hold numbers.
NUMBERS = ("float", "integer", "monetary")


class ProjectBillingNumbers(models.AbstractModel):
    """Refuses numbers that no column can store; also used on Odoo's own models."""

    _name = "project.billing.numbers"
    _description = "Numbers That People Send"

    @api.model
    def _named_ids(self, value):
        """Return the ids in a value of a relational field, as a form sends it."""
        if isinstance(value, models.BaseModel):
            return value.ids
        if isinstance(value, int):
            return [value] if value else []
        if isinstance(value, dict):
            return [value["id"]] if isinstance(value.get("id"), int) else []
        ids = []
        for command in value if isinstance(value, (list, tuple)) else []:
            if isinstance(command, int):
                # ids alone, or an id beside a name
                ids.append(command)
            elif not isinstance(command, (list, tuple)) or len(command) < 2:
                continue
            elif command[0] in (Command.UPDATE, Command.LINK):
                ids.append(command[1])
            elif command[0] == Command.SET and len(command) > 2:
                ids += command[2] or []
        return [
            id_ for id_ in ids if isinstance(id_, int) and not isinstance(id_, bool)
        ]

    @api.model
    def _check_numbers(self, vals):
        """Refuse numbers among the values that no column can store.

        :raises BillingError: naming the field
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field:
                continue
            if field.type in NUMBERS:
                wrong = not is_storable_number(value, field.type == "integer")
            elif field.relational:
                wrong = any(abs(id_) > LARGEST_ID for id_ in self._named_ids(value))
            else:
                continue
            if wrong:
                raise BillingError(
                    self.env._(
                        "%s is too large a number. Check the digits.",
                        field._description_string(self.env) or name,
                    )
                )


class ProjectBillingInput(models.AbstractModel):
    """Refuses texts that are too long or hold a NUL, on any route.

    Markup is not checked here: plain texts are escaped where they are shown, and the
    fields for HTML sanitize it.
    """

    _name = "project.billing.input"
    _inherit = ["project.billing.numbers", "project.billing.named"]
    _description = "What People Send"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in (*vals_list, self._context_defaults()):
            self._check_sent(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_sent(vals)
        return super().write(vals)

    @api.model
    def _check_sent(self, vals):
        """Refuse values that no column can store, and ids that the user may not read.

        :raises BillingError: saying what is wrong with a value
        :raises AccessError: for a record that the user may not read
        """
        self._check_texts(vals)
        self._check_numbers(vals)
        if not self.env.su and not is_engine(self.env):
            self._check_named(vals)

    def onchange(self, values, field_names, fields_spec):
        """Override of `web` to show nothing of records that the user may not read.

        Related fields are computed with elevated rights, so an unsaved form would fill
        them from any id that it is sent.
        """
        self._check_numbers(values)
        self._check_named(values)
        # defaults in the context fill a new form in the same way, and its lines
        self._check_named_defaults()
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def default_get(self, fields):
        """Override to refuse defaults that name records the user may not read.

        A form would show the names of such records.
        """
        self._check_named_defaults()
        return super().default_get(fields)

    @api.model
    def _check_named_defaults(self):
        """Refuse defaults in the context that name records the user may not read."""
        if self.env.su or is_engine(self.env):
            return
        defaults = self._context_defaults()
        self._check_numbers(defaults)
        self._check_named(defaults)
        for field in self._fields.values():
            if field.type == "one2many" and field.comodel_name.startswith(OURS):
                lines = self.env[field.comodel_name]
                if hasattr(lines, "_check_named"):
                    lines._check_named(defaults)

    @api.model
    def _check_named(self, values):
        """Refuse ids of records that the user may not read.

        :param dict values: values of a form, by field, with commands for lines
        """
        for name, value in values.items():
            field = self._fields.get(name)
            if not field or not field.relational or not value:
                continue
            comodel = self.env[field.comodel_name]
            if hasattr(comodel, "_check_named"):
                for vals in self._nested_values(value):
                    comodel._check_named(vals)
            if comodel._name in NAMED_MODELS or comodel._name.startswith(OURS):
                comodel.browse(self._named_ids(value)).check_access("read")

    @api.model
    def _nested_values(self, value):
        """Return the values of records inside the value of a relational field."""
        if isinstance(value, dict):
            return [value]
        commands = value if isinstance(value, (list, tuple)) else []
        return [
            command[2]
            for command in commands
            if isinstance(command, (list, tuple))
            and len(command) > 2
            and isinstance(command[2], dict)
        ]

    @api.model
    def _context_defaults(self):
        """Return the default values in the context of the caller."""
        return {
            key.removeprefix("default_"): value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }

    @api.model
    def _check_texts(self, vals):
        """Refuse texts of these values, naming the field.

        :raises BillingError: saying what is wrong with the text
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if field and field.type in ("char", "text", "html"):
                self._check_text(value, field._description_string(self.env) or name)

    @api.model
    def _check_text(self, value, label):
        """Refuse one text.

        :param str label: what the text is, for the sentence
        """
        if not isinstance(value, str):
            return
        if not is_storable(value):
            raise BillingError(
                self.env._("%s holds a character that cannot be stored.", label)
            )
        if len(value) > LONGEST:
            raise BillingError(
                self.env._(
                    "%(field)s has %(length)s characters; at most %(most)s are "
                    "allowed. Shorten it.",
                    field=label,
                    length=len(value),
                    most=LONGEST,
                )
            )
