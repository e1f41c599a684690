"""A copy of the demo, served by a process of its own, and who has a login there."""

import time

import pytest

from dev import databases, served

from .catcher import Catcher
from .client import Login

#: What is attacked: the demo as ``make demo`` makes it.
SPEC = "demo+sale_timesheet+project_invoice_tracker_sale_timesheet"


class People(dict):
    """Logins by name; each logs in when first asked for."""

    def __init__(self, site):
        super().__init__()
        self.site = site

    def __missing__(self, login):
        self[login] = Login(self.site, login)
        return self[login]


@pytest.fixture(scope="session")
def catcher():
    """Return the mail server that the site sends by."""
    with Catcher() as catcher:
        yield catcher


@pytest.fixture(scope="session")
def site(catcher):
    """Return the served copy: ``url`` and ``database``."""
    smtp = ["--smtp", "127.0.0.1", "--smtp-port", catcher.port]
    with (
        databases.scratch("attack", SPEC) as database,
        served.serve(database, *smtp) as site,
    ):
        yield site
        # no attack ends in an error of the database or of Python
        found = [error.splitlines()[-1] for error in site.errors()]
        assert not found, f"see {site.log}: {found}"


@pytest.fixture(scope="session")
def people(site):
    """Return who has a login; the administrator comes first and gives the address."""
    people = People(site)
    people["admin"].call("ir.config_parameter", "set_param", "web.base.url", site.url)
    return people


@pytest.fixture(scope="session")
def admin(people):
    """Return the administrator, who prepares what is attacked."""
    return people["admin"]


@pytest.fixture
def until():
    """Return a function that waits for something to be true."""

    def wait(check, seconds=20):
        end = time.monotonic() + seconds
        while not (found := check()):
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.2)
        return found

    return wait
