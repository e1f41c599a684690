"""What people send: texts have an end, and ids are looked at as who sent them."""

from odoo import api, models
from odoo.fields import Command

from ..billing.texts import LONGEST, is_storable
from ..exceptions import BillingError

#: Models of Odoo whose records a form of ours may name, with the right to read them.
NAMED_MODELS = {
    "account.move",
    "account.move.line",
    "project.project",
    "project.milestone",
    "res.company",
}


class ProjectBillingInput(models.AbstractModel):
    """Refuse texts that are too long or hold a NUL, by whatever route they come.

    Whatever is markup in them is not this model's business: plain texts are escaped
    where they are shown, and HTML is sanitized by its field.
    """

    _name = "project.billing.input"
    _inherit = ["project.billing.named"]
    _description = "What People Send"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in (*vals_list, self._default_texts()):
            self._check_texts(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_texts(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        """Override of `web`: a form shows nothing of a record its user may not read.

        Fields that follow another record are computed with elevated rights, and an
        unsaved form would fill them from whatever id it is sent.
        """
        self._check_named(values)
        return super().onchange(values, field_names, fields_spec)

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
            commands = value if isinstance(value, list) else []
            for command in commands:
                if len(command) > 2 and isinstance(command[2], dict):
                    if hasattr(comodel, "_check_named"):
                        comodel._check_named(command[2])
            if comodel._name in NAMED_MODELS or comodel._name.startswith(
                "project.billing."
            ):
                comodel.browse(self._named_ids(value)).check_access("read")

    @api.model
    def _named_ids(self, value):
        """Return the ids in a value of a relational field, as a form sends it."""
        if isinstance(value, int):
            return [value]
        if isinstance(value, dict):
            return [value["id"]] if isinstance(value.get("id"), int) else []
        ids = []
        for command in value if isinstance(value, list) else []:
            if command[0] in (Command.UPDATE, Command.LINK):
                ids.append(command[1])
            elif command[0] == Command.SET:
                ids += command[2]
        return [id_ for id_ in ids if isinstance(id_, int)]

    @api.model
    def _default_texts(self):
        """Return the values that the context of the caller would fill in."""
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
