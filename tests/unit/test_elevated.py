"""The list of elevated steps in doc/elevated.md is that of the code."""

from dev import elevated


def test_the_list_is_complete():
    """I28: a new elevated step is looked at, and listed with why it is safe."""
    listed = elevated.documented(elevated.DOCUMENT.read_text())
    places = set(elevated.places())
    assert listed == places, "run: python3 -m dev elevated, and read what it adds"


def test_each_says_why():
    silent = [place for place, reasons in elevated.places().items() if not reasons]
    assert not silent


def test_the_check_can_fail():
    steps = list(elevated._steps("class A:\n    def f(self):\n        self.sudo()"))
    assert steps == [("A.f", "")]
    steps = list(elevated._steps("class A:\n    def f(self):\n        e(su=True)"))
    assert steps == [("A.f", "")]
    assert not list(
        elevated._steps("class A:\n    def f(self):\n        x.sudo(False)")
    )
