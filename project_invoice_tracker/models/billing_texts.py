"""Texts that people send: not endless, and nothing that cannot be stored."""

from odoo import api, models

from ..exceptions import BillingError

#: Characters; far beyond any description, far below what stops a mail server.
LONGEST = 20_000


class ProjectBillingTexts(models.AbstractModel):
    """Refuse texts that are too long or hold a NUL, by whatever route they come.

    Whatever is markup in them is not this model's business: plain texts are escaped
    where they are shown, and HTML is sanitized by its field.
    """

    _name = "project.billing.texts"
    _description = "Texts of Billing"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in (*vals_list, self._default_texts()):
            self._check_texts(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_texts(vals)
        return super().write(vals)

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
        if "\x00" in value:
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
