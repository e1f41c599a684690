"""Billing arithmetic: plain Python over plain values, without Odoo.

Everything here can be read, tested and reused without a database. The models
of the add-on fetch rows, hand them to these functions and store the answer.
"""

from . import (
    allocation,
    allowances,
    fingerprint,
    grouping,
    periods,
    rates,
    rounding,
    statements,
    transitions,
)
