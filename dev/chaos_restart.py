"""Restarts of PostgreSQL during the job, on a server started for it alone.

The database gets there by a backup and a restoration, which shows as well that a
restored database works.
"""

import time

from . import databases, paths
from .chaos_server import PrivateServer

RESTARTS = 5


def run(work, origin, seed, end):
    """Restart the server under the job; return what was found.

    :param work: starts a worker, see :func:`chaos.work`
    """
    play = origin.replace("_origin_", "_restart_")
    with PrivateServer() as server:
        server.restore(origin)
        try:
            return work(
                play,
                environment=server.environment(),
                conf=str(server.conf),
                what="disturb",
                origin=origin,
                seed=seed,
                seconds=end - time.monotonic(),
                mailbox=str(paths.RUN / f"{play}.mails"),
                parts=[("restarts", RESTARTS)],
            )
        finally:
            # the database goes with its server, its files are ours
            databases.drop_files(play)
