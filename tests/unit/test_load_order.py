"""Models load in the order of their list: overrides lie above what they call."""

import re


def test_no_model_imports_a_later_one(addon_folders):
    """What a file imports is loaded before it, whatever the list says."""
    looked_at, found = 0, []
    for folder in addon_folders:
        listed = (folder / "models" / "__init__.py").read_text()
        order = re.findall(r"^from \. import (\w+)", listed, re.MULTILINE)
        place = {name: number for number, name in enumerate(order)}
        for name in order:
            text = (folder / "models" / f"{name}.py").read_text()
            for other in re.findall(r"^from \.(\w+) import", text, re.MULTILINE):
                looked_at += 1
                if place.get(other, -1) > place[name]:
                    found.append(f"{folder.name}: {name} imports {other}")
    assert looked_at > 50
    assert not found
