"""The processes that are disturbed: ``python -m dev.chaos_worker DATABASE OPTIONS``.

The registry is loaded once; each disturbed process is a fork of this one, with
connections of its own, so that a kill costs no more than the work that it ends.
The last line of the output is the result as JSON.
"""

import contextlib
import json
import random
import select
import sys
import time
from pathlib import Path

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import model as service
from odoo.tools import config

from . import (
    chaos_checks,
    chaos_faults,
    chaos_job,
    chaos_server,
    chaos_world,
    databases,
    paths,
)
from .chaos_process import Late, Processes

KILLS_PER_JOB = 40
SESSIONS = 10
WARM = ("credited", "sent_back", "fixed")  # plots that come by everything
SHOWN = 12  # complaints of one kind in the report


class Disturbed(Processes):
    """One job on one database, and the disturbances of it."""

    def __init__(self, database, options):
        super().__init__(options["seconds"])
        self.database = database
        self.origin = options["origin"]
        self.random = random.Random(options["seed"])
        self.mailbox = Path(options["mailbox"])
        self.report = {}
        conf = options.get("conf", str(paths.CONF))
        config.parse_config(["-c", conf, "-d", database, "--log-level=critical"])
        self.reset()
        self.registry = Registry(database)
        chaos_faults.Outside(self.mailbox, database).install()
        self._warm()
        # the waits between Odoo's retries are not what is looked at here
        service.random = random.Random(options["seed"])
        service.random.uniform = lambda _low, high: min(high, 2) / 40

    def _warm(self):
        """Fill the caches that every process inherits; nothing of it is committed."""
        with contextlib.closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for project in env["project.project"].search([("name", "in", WARM)]):
                while step := chaos_job.Plot(env, project).next_step():
                    step[1]()
            cr.rollback()
            env.transaction.reset()
            self.registry.reset_changes()

    # === STATES ===

    def reset(self):
        """Begin anew: the database as it was built, and an empty mailbox."""
        odoo.sql_db.close_all()
        databases.drop(self.database)
        databases.copy(self.origin, self.database)
        self.mailbox.unlink(missing_ok=True)

    def check(self, after):
        """Add the inconsistencies of the tables; tell whether there are any."""
        with contextlib.closing(chaos_faults.connect(self.database)) as connection:
            wrong = chaos_checks.complaints(connection)
        self._add(f"after {after}", wrong)
        return bool(wrong)

    def compare(self, after):
        """Add the differences from the undisturbed run, after the job has finished."""
        self.call(self._send_waiting_mails)
        self.check(after)
        with contextlib.closing(chaos_faults.connect(self.database)) as connection:
            found = chaos_checks.image(connection)
        self._add(f"at the end, {after}", chaos_checks.differences(self.golden, found))
        early, twice = chaos_checks.mail_complaints(self.mailbox)
        self._add(f"mails, {after}", early)
        return len(twice)

    def _add(self, when, wrong):
        self.problems += [f"{when}: {each}" for each in wrong[:SHOWN]]
        if len(wrong) > SHOWN:
            self.problems.append(f"{when}: {len(wrong) - SHOWN} more")

    def _send_waiting_mails(self):
        """Send what was left, as the scheduled job does."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["mail.mail"].search([("state", "=", "outgoing")]).send()

    def job(self, seed=0, alone=True):
        """Return a function that plays the job to its end."""
        return lambda: chaos_job.Job(self.registry, seed, alone).play()

    # === WHAT IS DONE TO IT ===

    def undisturbed(self):
        """Play the job once, for its end state and its size."""
        self.reset()
        start = time.monotonic()

        def play():
            statements = chaos_faults.Statements()
            result = self.job()()
            return {**result, "statements": statements.count}

        answer = self.call(play)
        if not answer or self.problems:
            return False
        self.seconds = time.monotonic() - start
        self.statements = answer["result"]["statements"]
        self.steps = sum(answer["result"]["taken"].values())
        self.call(self._send_waiting_mails)
        self.check("the undisturbed run")
        with contextlib.closing(chaos_faults.connect(self.database)) as connection:
            self.golden = chaos_checks.image(connection)
        self.report["undisturbed"] = (
            f"{self.steps} steps, {self.statements} statements, {self.seconds:.1f} s"
        )
        return not self.problems

    def _finish(self, what, fewer=0):
        """Play to the end after the last disturbance, and compare."""
        if not self.call(self.job(seed=self.random.random())):
            self.problems.append(f"{what}: the job did not end")
        return self.compare(what)

    def kills(self, count):
        """Kill the job again and again, at random statements and by the clock."""
        done = twice = jobs = 0
        while done < count and not self.problems:
            self.reset()
            jobs += 1
            for _number in range(KILLS_PER_JOB):
                if done == count or not self._kill():
                    break
                done += 1
                if self.check(f"kill {done}"):
                    break
            twice += self._finish(f"after {done} kills")
        self.report["kills"] = f"{done} of {count}, in {jobs} jobs, {twice} mails twice"

    def _kill(self):
        """Kill one process; tell whether it was still at work."""
        share = self.random.random() * 2 / KILLS_PER_JOB
        play = self.job(seed=self.random.random())
        if self.random.random() < 0.25:
            return not self.call(play, kill_after=max(share * self.seconds, 0.02))
        at = max(1, int(share * self.statements))

        def play_until():
            chaos_faults.Statements(at)
            return play()

        return not self.call(play_until)

    def failpoints(self, occurrences):
        """Kill the job at each failpoint."""
        done = []
        for occurrence in occurrences:
            self.reset()
            for name in chaos_faults.FAILPOINTS:

                def play(name=name, occurrence=occurrence):
                    chaos_faults.arm(self.registry, name, occurrence)
                    return self.job(seed=occurrence)()

                if not self.call(play):
                    done.append(name)
                self.check(f"failpoint {name}, {occurrence}")
            self._finish(f"failpoints, {occurrence}")
        missed = set(chaos_faults.FAILPOINTS).difference(done)
        self._add("failpoint never reached", sorted(missed))
        self.report["failpoints"] = f"{len(done)} kills at {len(set(done))} places"

    def terminations(self, count):
        """End database sessions of a process that continues."""
        self.reset()
        every = self.statements // (count + 1)

        def play():
            broken = 0
            statements = chaos_faults.Statements()
            job = chaos_job.Job(self.registry, seed=1)

            def terminate(cursor):
                nonlocal broken
                broken += 1
                if broken < count:
                    statements.at = statements.count + every
                chaos_faults.terminate(cursor)

            statements.action, statements.at = terminate, every
            return {**job.play(), "ended": broken}

        answer = self.call(play)
        self.compare("after ended sessions")
        ended = (answer or {}).get("result", {}).get("ended", 0)
        if ended < count // 2:
            self.problems.append(f"only {ended} of {count} sessions were ended")
        self.report["ended sessions"] = f"{ended} of one process that went on"

    def restarts(self, count):
        """Restart the database server of a process that continues."""
        self.reset()
        server = chaos_server.PrivateServer()
        pid, reading = self.fork(self.job(seed=2))
        done = 0
        for _number in range(count):
            pause = self.seconds * self.random.uniform(0.5, 1.5) / (count + 1)
            if select.select([reading], [], [], pause)[0]:
                break
            server.restart()
            done += 1
            self.check(f"restart {done}")
        answer = self.wait(pid, reading)
        self.compare("after restarts")
        broken = sum((answer or {}).get("result", {}).get("broken", {}).values())
        if not broken:
            self.problems.append("no restart hit the job")
        self.report["restarts"] = f"{done}, which broke {broken} steps of the job"

    def sessions(self, rounds):
        """Let ten sessions do the same job at once."""
        totals = {"taken": 0, "refused": 0, "broken": 0}
        for number in range(rounds):
            self.reset()
            play = [self.job(f"{number}/{n}", alone=False) for n in range(SESSIONS)]
            running = [self.fork(function) for function in play]
            answers = [self.wait(*each) for each in running]
            for answer in filter(None, answers):
                for name in totals:
                    totals[name] += sum(answer.get("result", {}).get(name, {}).values())
            self.compare(f"ten sessions, round {number + 1}")
        self.report["ten sessions"] = ", ".join(f"{n} {k}" for k, n in totals.items())


def main(argv):
    """Do what the options ask; print the result."""
    database, options = argv[0], json.loads(argv[1])
    if options["what"] == "build":
        config.parse_config(["-c", str(paths.CONF), "-d", database, "--log-level=warn"])
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            chaos_world.build(env, options.get("plots", chaos_world.PLOTS))
        return _print({})
    disturbed = Disturbed(database, options)
    try:
        if disturbed.undisturbed():
            for name, argument in options["parts"]:
                start = time.monotonic()
                getattr(disturbed, name)(argument)
                spent = time.monotonic() - start
                sys.stderr.write(f"{name}: {spent:.0f} s\n")
    except Late:
        disturbed.problems.append("The time was over before all was done.")
    disturbed.mailbox.unlink(missing_ok=True)
    return _print({"problems": disturbed.problems, "report": disturbed.report})


def _print(result):
    sys.stdout.write(f"\n{json.dumps(result)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
