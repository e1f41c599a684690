"""Attacks on a served copy of the demo: from outside, as whoever has a login."""
