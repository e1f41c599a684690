"""What the documents say of names, tables and places is what the code has."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "project_invoice_tracker"
MODELS = ADDON / "models"
DOC = ROOT / "doc"
README = ADDON / "readme"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOC.rglob("*.md")),
    *sorted(README.glob("*.md")),
]
#: Menus of ours, by which a path in a document begins.
MENU = re.compile(r'<menuitem\s[^>]*?\bname="([^"]+)"', re.DOTALL)
PATH = re.compile(r"\*([^*\n|]+(?:\n?[^*\n|]+)? (?:→|>)[^*|]+)\*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:[\w.…-]+/)*[\w…-]+\.(?:py|xml|csv|md|js|txt))(?:::[\w.]+)?`")
#: Folders of an add-on, and of the repository, that a document leaves out of a name.
PARTS = ("", "models", "tests", "billing", "views", "wizards", "controllers", "data")
TESTS = ("unit", "scenarios", "sales", "others", "attack", "packaging")
FOLDERS = [
    "",
    "doc",
    *(f"tests/{name}" for name in TESTS),
    *(
        f"{manifest.parent.name}/{part}"
        for manifest in sorted(ROOT.glob("*/__manifest__.py"))
        for part in PARTS
    ),
]
#: Of versions that were, or written by a command and compared elsewhere.
NOT_COMPARED = ("HISTORY.md", "elevated.md", "invariants.md")


def relative(path):
    """Return the path as it is shown in the name of a test."""
    return str(path.relative_to(ROOT))


def rows(page, first):
    """Return the rows of the table of a page whose head begins with a word."""
    text = page.read_text()
    start = re.search(rf"^\| {re.escape(first)} \|.*\n\|[ -:|]+\n", text, re.M)
    assert start, f"{page.name} has no table {first}"
    found = []
    for line in text[start.end() :].splitlines():
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def constant(file, name):
    """Return a list that a file of constants gives a name."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{file.name} has no {name}")


# === TABLES ===


def checks():
    """Return ``{name: (invariants, whether it repairs)}`` of Billing health."""
    tree = ast.parse((MODELS / "health_checks.py").read_text())
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Check":
            invariants, name = node.args[1].value, node.args[2].args[0].value
            repairs = any(keyword.arg == "repair" for keyword in node.keywords)
            found[name] = (invariants, repairs)
    return found


def test_checks_of_health():
    """The page on the journal has each check, with its invariants and its repair."""
    told = {
        name: (invariants, repair != "–")
        for name, invariants, _what, repair in rows(DOC / "journal.md", "check")
    }
    assert len(told) > 40
    assert told == checks()


def test_number_of_checks():
    """Pages that count the checks count all of them."""
    counted = re.findall(r"its (\d+) checks", (DOC / "performance.md").read_text())
    assert counted == [str(len(checks()))]


def test_messages():
    """The page on sending has each kind of message."""
    told = {kind for row in rows(DOC / "sending.md", "kind") for kind in row[:1]}
    assert told == {key for key, _label in constant(ADDON / "const.py", "OUTBOX_KINDS")}


def test_switches():
    """The page on security has each switch whose change is in the journal."""
    names = {
        node.value
        for file in MODELS.glob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if getattr(function, "name", "") == "_billing_switches"
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and str(node.value).startswith("billing_")
    }
    told = [row[1].strip("`") for row in rows(DOC / "security.md", "switch")]
    assert len(names) > 5
    assert sorted(told) == sorted(names)


def test_settings():
    """The page on security has every field that the settings page shows."""
    shown = set()
    for file in MODELS.glob("*.py"):
        shown |= set(
            re.findall(r'related="company_id\.(billing_\w+)"', file.read_text())
        )
    text = (DOC / "security.md").read_text()
    text = text.replace("`…_", "`billing_leak_")
    assert len(shown) > 15
    assert [name for name in sorted(shown) if f"`{name}`" not in text] == []


def test_leaks():
    """The page on leaks has each of them by its name."""
    names = {
        label for _code, label in constant(MODELS / "leak_checks.py", "LEAK_CODES")
    }
    told = ", ".join(row[0] for row in rows(DOC / "leaks.md", "leak"))
    assert len(names) > 10
    assert [n for n in names if n.casefold() not in told.casefold()] == []


def test_variables():
    """The page on testing has each variable that the commands and tests read."""
    found = set()
    files = [
        *ROOT.glob("dev/*.py"),
        *ROOT.glob("tests/*.py"),
        *ADDON.glob("tests/*.py"),
    ]
    for file in files:
        found |= set(
            re.findall(
                r'environ(?:\.get\(|\[)"(\w+)"|"(\w+)" (?:not )?in os\.environ',
                file.read_text(),
            )
        )
    names = {one or other for one, other in found} - {"PATH"}
    told = (DOC / "testing.md").read_text()
    assert len(names) > 8
    assert [name for name in sorted(names) if f"`{name}`" not in told] == []


def methods():
    """Return ``{(model, method): [names of arguments that have to be given]}``."""
    found = {}
    for file in [*MODELS.glob("*.py"), *ADDON.glob("wizards/*.py")]:
        for node in ast.parse(file.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            names = set()
            for item in node.body:
                if getattr(getattr(item, "targets", [None])[0], "id", "") in (
                    "_name",
                    "_inherit",
                ):
                    value = ast.literal_eval(item.value)
                    names |= {value} if isinstance(value, str) else set(value)
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    words = [each.arg for each in item.args.args[1:]]
                    needed = words[: len(words) - len(item.args.defaults)]
                    for name in names:
                        found.setdefault((name, item.name), []).append((words, needed))
    return found


def test_hooks():
    """Each hook of the page on extending is there, and takes what the page says."""
    known, wrong, looked_at = methods(), [], 0
    for hooks, _moment in rows(DOC / "extending.md", "hook"):
        model = ""
        for name, arguments in re.findall(r"`([\w.]+)(?:\((.*?)\))?`", hooks):
            if "." in name:
                model, _dot, name = name.rpartition(".")
            given = re.findall(r"(\w+)(?:=[^,]*)?(?:, |$)", arguments)
            looked_at += 1
            if not any(
                set(needed) <= set(given) <= set(words)
                for words, needed in known.get((model, name), [])
            ):
                wrong.append(f"{model}.{name}({arguments})")
    assert looked_at > 30
    assert wrong == []


# === PLACES ===


def menus():
    """Return the names of our menus."""
    views = ADDON / "views"
    return set(MENU.findall((views / "project_invoice_tracker_menus.xml").read_text()))


def steps_of(page):
    """Yield each menu of a path that a page names, with the one below it."""
    for path in PATH.findall(page.read_text()):
        steps = [" ".join(step.split()).strip(" .") for step in re.split("→|>", path)]
        # Odoo's settings are no menu of ours
        if steps[0] != "Settings":
            yield from zip(steps, steps[1:], strict=False)


def test_menus():
    """What a page says to be below a menu of ours that has menus is one of them."""
    parents = {"Project Billing", "Work", "Invoices", "Month End", "Reporting"}
    parents |= {"Control", "Configuration"}
    assert parents <= menus()
    pairs = [
        (page.name, before, after)
        for page in PAGES
        for before, after in steps_of(page)
        if before in parents
    ]
    assert len(pairs) > 15
    assert [pair for pair in pairs if pair[2] not in menus()] == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links(page):
    """What a page links to within the repository is there."""
    found = []
    for target in LINK.findall(page.read_text()):
        name = target.partition("#")[0]
        if name and not name.startswith(("http:", "https:")):
            if not (page.parent / name).exists():
                found.append(target)
    assert found == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name not in NOT_COMPARED], ids=relative
)
def test_files(page):
    """The files that a page names are there; “…” and ``.run`` stand for others."""
    names = {
        name
        for name in FILE.findall(page.read_text())
        if "…" not in name and not name.startswith(".run/")
    }
    missing = [
        name
        for name in sorted(names)
        if not any((ROOT / folder / name).exists() for folder in FOLDERS)
    ]
    assert missing == []


def test_index():
    """The index is one table, and has every page."""
    listed = {
        row[0].partition("](")[2].rstrip(")") for row in rows(DOC / "index.md", "read")
    }
    pages = {page.name for page in DOC.glob("*.md")} - {"index.md"}
    assert sorted(pages - listed) == []


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_tables_are_whole(page):
    """No empty line parts the rows of a table: a new one has a head of its own."""
    lines = page.read_text().splitlines()
    broken = [
        number
        for number, (before, line, after, below) in enumerate(
            zip(lines, lines[1:], lines[2:], lines[3:], strict=False), 2
        )
        if not line and before.startswith("|") and after.startswith("|")
        if not re.match(r"\|[ :]*-", below)
    ]
    assert broken == []
