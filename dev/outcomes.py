"""Results of a test run, read from Odoo's log or from pytest's report.

A run is good when no test failed, nothing was skipped that this machine could have run,
and the server's log has no warning, whoever caused it.
"""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

from . import debian, paths

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ "
    r"(?P<level>DEBUG|INFO|RUNBOT|WARNING|ERROR|CRITICAL) \S+ (?P<logger>\S+): "
    r"(?P<text>.*)$"
)
TOTAL = re.compile(r"^(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
FAILED = re.compile(r"^(?:FAIL|ERROR): (.+)")
STARTED = re.compile(r"^Starting (\S+) \.\.\.")
SKIPPED = re.compile(r"^skipped (.+?) : (.*)", re.DOTALL)
NO_BROWSER = "Chrome executable not found"
COMPLAINTS = ("WARNING", "ERROR", "CRITICAL")
# (logger, text, reason): the only complaints that do not fail a run
TOLERATED = (
    (
        r"py\.warnings",
        rf"^(?!{re.escape(str(paths.ROOT / paths.ADDON))})/.+?:\d+: \w+Warning",
        "Odoo or a library of it uses something another library deprecates",
    ),
)
# a skip is excused when its reason speaks of a program this machine lacks
EXCUSES = {
    "chromium": r"chrom",
    "wkhtmltopdf": r"wkhtmltopdf|pdf",
    "pdftotext": r"pdftotext|pdftoppm|poppler",
}


@dataclasses.dataclass
class Outcome:
    """Counts of one run, and all its problems."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list = dataclasses.field(default_factory=list)

    @property
    def is_good(self):
        """Tell whether nothing failed, and nothing else was wrong."""
        return not self.failed and not self.problems

    def __add__(self, other):
        """Return both together."""
        return Outcome(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.problems + other.problems,
        )


@dataclasses.dataclass(frozen=True)
class Record:
    """One entry of Odoo's log, with its following lines."""

    level: str
    logger: str
    text: str


def records(log):
    """Yield the entries of a log."""
    current = None
    for line in log.splitlines():
        match = LINE.match(line)
        if match:
            if current:
                yield Record(**current)
            current = match.groupdict()
        elif current:
            current["text"] += f"\n{line}"
    if current:
        yield Record(**current)


def from_log(log, *, expects_tests=True):
    """Return the outcome of a run of Odoo."""
    outcome = Outcome()
    total = None
    for record in records(log):
        total = TOTAL.match(record.text) or total
        skip = SKIPPED.match(record.text)
        if skip and record.level == "INFO":
            _add_skip(outcome, *skip.groups())
        elif record.level in COMPLAINTS and not is_tolerated(record):
            text = f"{record.level} {record.logger}: {record.text.strip()}"
            outcome.problems.append(text)
    if total:
        failures, errors, run = map(int, total.groups())
        outcome.failed = failures + errors
        outcome.passed = max(0, run - outcome.failed - outcome.skipped)
    elif expects_tests:
        outcome.problems.append("The run ended without a result.")
    return outcome


def failed_tests(log):
    """Return the names of the tests that failed in a run of Odoo."""
    return {
        f"{record.logger}:{match[1]}"
        for record in records(log)
        if record.level == "ERROR" and (match := FAILED.match(record.text))
    }


def started_tests(log):
    """Return the names of the tests that began in a run of Odoo."""
    return {
        f"{record.logger}:{match[1]}"
        for record in records(log)
        if (match := STARTED.match(record.text))
    }


def is_tolerated(record):
    """Tell whether a complaint is on the list of those that fail nothing."""
    if record.text.strip() == NO_BROWSER and is_excused(record.text):
        return True
    return any(
        re.fullmatch(logger, record.logger) and re.search(text, record.text)
        for logger, text, _reason in TOLERATED
    )


def is_excused(reason):
    """Tell whether the reason of a skip is a program that this machine lacks."""
    lacking = (EXCUSES[program] for program in debian.missing_programs())
    return any(re.search(pattern, reason, re.IGNORECASE) for pattern in lacking)


def from_junit(file):
    """Return the outcome of a run of pytest from its XML report."""
    outcome = Outcome()
    for case in ElementTree.parse(file).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        wrong = [*case.findall("failure"), *case.findall("error")]
        skip = case.find("skipped")
        if wrong:
            outcome.failed += 1
            outcome.problems += [f"{name}\n{each.text}" for each in wrong]
        elif skip is not None:
            _add_skip(outcome, name, skip.get("message", ""))
        else:
            outcome.passed += 1
    return outcome


def _add_skip(outcome, name, reason):
    """Count a skip; it is a problem unless a missing program excuses it."""
    outcome.skipped += 1
    if not is_excused(reason):
        outcome.problems.append(f"{name} was skipped: {reason}")
