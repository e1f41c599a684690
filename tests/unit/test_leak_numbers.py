"""Leaks: the rows of all add-ons share one view, so their numbers differ."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: How the statements say their number: in the id of a row, or where it is put in.
NUMBER = re.compile(
    r"\* 32 \+ (\d+)|^NUMBER = (\d+)|number=(\d+)|(?:THEN|ELSE) (1\d)\b", re.MULTILINE
)


def test_each_kind_of_leak_has_a_number_of_its_own():
    files = [
        file
        for file in ROOT.glob("project_invoice_tracker*/models/*leak*.py")
        if "32 +" in (text := file.read_text()) or "NUMBER" in text
    ]
    found = Counter(
        next(filter(None, match))
        for file in files
        for match in NUMBER.findall(file.read_text())
    )
    assert len(found) > 20
    assert not [number for number, times in found.items() if times > 1]
    assert max(map(int, found)) < 32
