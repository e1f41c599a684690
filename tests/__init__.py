"""Tests that run outside Odoo's own runner: rules, stories, packaging."""
