"""How the state machines are run: how many examples, how long, and in which order.

``PIT_EXAMPLES`` and ``PIT_STEPS`` look deeper, with other examples each time;
``PIT_SHRINK`` looks for the shortest example that fails, which takes minutes.
"""

import itertools
import logging
import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

_logger = logging.getLogger(__name__)


def run_machine(base, *, examples, steps, **attributes):
    """Run a state machine; a failure says how many examples went well before.

    :param base: the machine, a class
    :param int examples: how many, unless the environment says otherwise
    :param int steps: at most so many in each
    :param attributes: what the machine finds on itself, such as ``case``
    """
    count = itertools.count()

    def __init__(self):
        next(count)
        base.__init__(self)

    machine = type("Machine", (base,), {"__init__": __init__, **attributes})
    try:
        run_state_machine_as_test(machine, settings=_settings(examples, steps))
    except Exception as error:
        error.add_note(f"{base.__name__}: example {next(count)}")
        raise
    _logger.info("%s: %s examples", base.__name__, next(count))


def _settings(examples, steps):
    return settings(
        max_examples=int(os.environ.get("PIT_EXAMPLES", examples)),
        stateful_step_count=int(os.environ.get("PIT_STEPS", steps)),
        # the same examples everywhere, so that a failure can be repeated
        derandomize="PIT_EXAMPLES" not in os.environ,
        phases=[
            Phase.generate,
            *([Phase.shrink] if "PIT_SHRINK" in os.environ else []),
        ],
        database=None,
        report_multiple_bugs=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
