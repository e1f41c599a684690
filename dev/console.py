"""Console output: one line per long step, one clear sentence per problem."""

import contextlib
import shutil
import subprocess
import sys
import threading
import time

from . import paths

TICK_SECONDS = 10
_open = []  # steps under way, outermost first


class Problem(Exception):
    """Something the user can act on; printed as a sentence, without a traceback."""


def say(text=""):
    """Print a line at once, also when the output is a file or a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def step(title):
    """Announce a long step, tick while it lasts, tell how long it took."""
    start = time.monotonic()
    done = threading.Event()
    lead = "\n" + "  " * len(_open) if _open else ""
    sys.stdout.write(f"{lead}{title} ...")
    sys.stdout.flush()
    _open.append(done)
    ticker = threading.Thread(target=_tick, args=(done,), daemon=True)
    ticker.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        done.set()
        ticker.join()
        _open.remove(done)
        text = f" {outcome}, {time.monotonic() - start:.0f} s"
        sys.stdout.write(text if _open else f"{text}\n")
        sys.stdout.flush()


def _tick(done):
    while not done.wait(TICK_SECONDS):
        if _open and _open[-1] is not done:
            continue
        sys.stdout.write(".")
        sys.stdout.flush()


def run(command, *, log=None, cwd=paths.ROOT, **kwargs):
    """Run a command quietly; on failure raise a Problem with the end of its output.

    With ``log`` (a file name) the output is kept in the log folder.  Returns the
    output.
    """
    command = [str(part) for part in command]
    if shutil.which(command[0]) is None:
        raise Problem(f"{command[0]} is needed and not installed.")
    result = subprocess.run(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **kwargs,
    )
    if log:
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        (paths.LOGS / log).write_text(result.stdout)
    if result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-25:])
        raise Problem(
            f"`{' '.join(command)[:300]}` ended with {result.returncode}:\n{tail}"
        )
    return result.stdout
