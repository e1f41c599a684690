"""The page on hand-overs says what is done in the browser, word by word."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "doc" / "hand-over.md"
ADDON = ROOT / "project_invoice_tracker_sale_timesheet"
TOURS = ADDON / "static" / "tests" / "tours" / "handover_tour.js"
STEP = re.compile(r"^\d+\. (.*)$", re.MULTILINE)
CONTENT = re.compile(r'content: "(.*)"')


def test_steps_are_those_of_the_tours():
    """Each numbered step of the page is one of a tour, in the same order."""
    page = [re.sub(r"[*`]", "", step) for step in STEP.findall(PAGE.read_text())]
    tours = CONTENT.findall(TOURS.read_text())
    assert tours[: len(page)] == page
    assert len(page) == 14


def test_labels_are_on_the_screen():
    """What the steps call by its name is called so in the window."""
    screen = "".join(
        path.read_text()
        for pattern in ("wizards/*", "views/*", "models/project_billing_handover.py")
        for path in ADDON.glob(pattern)
    )
    steps = " ".join(STEP.findall(PAGE.read_text()))
    labels = set(re.findall(r"\*\*(.*?)\*\*", steps)) - {"Billing", "What is done"}
    assert len(labels) == 7
    assert [label for label in labels if f'"{label}"' not in screen] == []
    assert 'string="What is done"' in screen


def test_pictures_are_there():
    """The pictures of the page exist."""
    names = re.findall(r"\]\((images/.*?)\)", PAGE.read_text())
    assert names
    for name in names:
        assert (PAGE.parent / name).exists(), name
