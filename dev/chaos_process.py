"""Forked processes that return an answer unless they are killed."""

import json
import os
import select
import signal
import time
import traceback

import odoo.sql_db

from . import chaos_faults

CHILD_SECONDS = 150  # more means that a process hangs


class Late(Exception):
    """The time for all processes is over."""


class Processes:
    """Starts processes until the time is over; keeps what goes wrong in them."""

    def __init__(self, seconds):
        self.deadline = time.monotonic() + seconds
        self.problems = []

    def fork(self, function):
        """Start a process that calls a function; return its id and its answers."""
        if time.monotonic() > self.deadline:
            raise Late
        odoo.sql_db.close_all()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            return pid, reading
        status = 1
        try:
            os.close(reading)
            chaos_faults.forget_connections()
            answer = {"result": function()}
            status = 0
        except BaseException:
            answer = {"error": traceback.format_exc()[-3000:]}
        os.write(writing, json.dumps(answer).encode())
        os._exit(status)

    def wait(self, pid, reading, kill_after=None):
        """Return the answer of a process, or nothing if it was killed."""
        limit = time.monotonic() + CHILD_SECONDS
        if kill_after is not None:
            ready, _w, _x = select.select([reading], [], [], kill_after)
            if not ready:
                os.kill(pid, signal.SIGKILL)
        text = b""
        while True:
            ready, _w, _x = select.select([reading], [], [], 1)
            if ready:
                part = os.read(reading, 65536)
                if not part:
                    break
                text += part
            elif time.monotonic() > limit:
                os.kill(pid, signal.SIGKILL)
                self.problems.append("a process did not end by itself")
        os.close(reading)
        os.waitpid(pid, 0)
        answer = json.loads(text) if text else None
        if answer and "error" in answer:
            self.problems.append(answer["error"])
        return answer

    def call(self, function, **kwargs):
        """Call a function in a process of its own."""
        return self.wait(*self.fork(function), **kwargs)
