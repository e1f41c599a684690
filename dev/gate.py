"""The project's own gate: sizes, forbidden constructs, forbidden files.

These are rules that no linter checks. A finding reads ``file:line: what is wrong``.
"""

import ast
import re
import subprocess
from pathlib import Path

from . import paths

MAX_FUNCTION = 40
EXPLAINED_WITHIN = 3  # lines above a sudo() in which its comment may stand

PUBLIC = "a page for everybody"
FORBIDDEN = (
    (r"\bcr\.commit\(", "a commit inside a transaction of somebody else"),
    (r"\bt-raw\b", "t-raw prints unescaped text, use t-out"),
    (r"Markup\(\s*f[\"']", "Markup of an f-string is not escaped"),
    (r"auth\s*=\s*[\"']public[\"']", PUBLIC),
    (r"csrf\s*=\s*False", "a request without its token"),
    (r"\bsafe_eval\b", "evaluated text"),
    (r"\.execute\(\s*f[\"']", "SQL built from an f-string"),
    (r"\.execute\([^#]*[\"']\s*%\s*[\w(]", "SQL built with %"),
    (r"\.execute\([^#]*\.format\(", "SQL built with format()"),
    (r"\.execute\([^#]*[\"']\s*\+", "SQL built with +"),
    (r"\bSQL\(\s*f[\"']", "SQL built from an f-string"),
)
#: Pages for whoever has a link; their tests try every wrong one.
PUBLIC_PAGES = {
    "project_invoice_tracker/controllers/portal_question.py",
    "project_invoice_tracker/controllers/portal_invoice.py",
    "project_invoice_tracker/controllers/portal_sign_off.py",
}
SUDO = re.compile(r"\bsudo\(")
# the parts are joined so that this file does not find itself
HOSTS = "|".join(("debian", "py" + "pi", "python" + "hosted", "npm" + "js"))
UNWANTED_IN_TREE = (
    (re.compile(rf"https?://[\w.-]*({HOSTS})[\w.-]*", re.IGNORECASE), "a registry"),
    (re.compile(r"(?<![\w./-])/(work|farm|root|home/\w+)/"), "a path of one machine"),
)


def findings():
    """Return all violations of the gate's rules."""
    found = []
    for file in tracked_files():
        text = _text(file)
        if text is None:
            continue
        name = file.relative_to(paths.ROOT).as_posix()
        found += [f"{name}:{line}: {what}" for line, what in _check(name, text)]
    return found


def tracked_files():
    """Return the files git knows or would add; all files where there is no git."""
    line = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        output = subprocess.run(
            line, cwd=paths.ROOT, capture_output=True, text=True, check=True
        ).stdout
        files = [paths.ROOT / name for name in output.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        private = {".venv", ".odoo", ".run", ".git", "__pycache__"}
        every = paths.ROOT.rglob("*")
        files = [path for path in every if not private.intersection(path.parts)]
    return sorted(path for path in files if path.is_file())


def _text(file):
    try:
        return file.read_text()
    except UnicodeDecodeError:
        return None


def _check(name, text):
    """Yield line and complaint for one file."""
    parts = Path(name).parts
    own = parts[0] in {*paths.addon_names(), "dev"}
    is_test = "tests" in parts
    yield from _check_tree(text)
    if name.endswith(".py") and own and not is_test:
        yield from check_sizes(text)
    if parts[0] in paths.addon_names() and not is_test:
        if name.endswith((".py", ".xml", ".js")):
            yield from check_constructs(name, text)
    if is_test and parts[0] in paths.addon_names():
        yield from _check_test_module(name, text)


def _check_tree(text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in UNWANTED_IN_TREE:
            if pattern.search(line):
                yield number, f"{what} is named"


def check_sizes(text):
    """Yield functions whose code is too long to read at once.

    A docstring with its examples does not count. Files are cut by concern, never by
    length.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node, clean=False):
                length -= node.body[0].end_lineno - node.body[0].lineno + 1
            if length > MAX_FUNCTION:
                what = f"{node.name}() has {length} lines, at most {MAX_FUNCTION}"
                yield node.lineno, what


def check_constructs(name, text):
    """Yield constructs that are forbidden, and sudo() calls without a reason."""
    lines = text.splitlines()
    for pattern, what in FORBIDDEN:
        if what == PUBLIC and name in PUBLIC_PAGES:
            continue
        for match in re.finditer(pattern, text):
            yield text.count("\n", 0, match.start()) + 1, what
    if not name.endswith(".py"):
        return
    for number, line in enumerate(lines, 1):
        if not SUDO.search(line.partition("#")[0]):
            continue
        around = lines[max(0, number - 1 - EXPLAINED_WITHIN) : number]
        if not any("#" in each for each in around):
            yield number, "sudo() without a comment that says why"


def _check_test_module(name, text):
    """Yield tests that no run would pick up."""
    path = Path(name)
    if path.name.startswith("test_") and path.suffix == ".py":
        package = (paths.ROOT / path.parent / "__init__.py").read_text()
        if not re.search(rf"\b{path.stem}\b", package):
            yield 1, "not imported by tests/__init__.py, so it never runs"
        if re.search(r"[\"']-standard[\"']", text) and "pit_concurrency" not in text:
            yield 1, "taken out of the standard run, and in no other"
