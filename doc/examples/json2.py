#!/usr/bin/env python3
"""Bill a project over Odoo's JSON-2 API: what is open, a request, its state.

Needs Python 3.10 and nothing else. The key is that of a manager (user preferences,
Account Security, New API Key); it opens what this person may do, no more.

    export ODOO_URL=https://odoo.example.com ODOO_DATABASE=production
    export ODOO_KEY=...      # not on the command line, where others could read it
    python3 json2.py open
    python3 json2.py bill "Website Relaunch" --until 2026-03-31 --submit
    python3 json2.py state BR/2026/00012
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request

REQUESTS = "project.billing.request"


class Refused(Exception):
    """The server said no; the text is its sentence for people."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Odoo:
    """One database, as one user."""

    def __init__(self, url, database, key, timeout=60):
        self.url = url.rstrip("/")
        self.database = database
        self.key = key
        self.timeout = timeout

    def call(self, model, method, ids=(), **arguments):
        """Call a method and return its answer.

        :param ids: of the records that it is called on
        :raises Refused: with the server's sentence
        """
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps({"ids": list(ids), **arguments}).encode(),
            headers={
                "Authorization": f"bearer {self.key}",
                "Content-Type": "application/json; charset=utf-8",
                "X-Odoo-Database": self.database,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, _sentence(error)) from None


def _sentence(error):
    """Return what the server says, without its traceback."""
    try:
        return json.load(error)["message"]
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def open_work(odoo):
    """Return what may be billed now, a dict for each project of the user."""
    return odoo.call(
        "project.billing.item",
        "formatted_read_group",
        domain=[["ready", "=", True], ["quantity_open", "!=", 0]],
        groupby=["project_id", "currency_id"],
        aggregates=["amount_open:sum"],
    )


def bill(odoo, project, until=None, submit=False):
    """Prepare a request for a project, and perhaps submit it; return its state.

    :param str project: the exact name
    :param str until: last day of work to bill (YYYY-MM-DD); today without one
    :param bool submit: ask for its approval as well
    """
    found = odoo.call(
        "project.project",
        "search_read",
        domain=[["name", "=", project]],
        fields=["name"],
    )
    if len(found) != 1:
        raise Refused(404, f"{len(found)} projects are called {project}.")
    request_ids = odoo.call(
        REQUESTS, "prepare", projects=[found[0]["id"]], date_to=until
    )
    if submit:
        odoo.call(REQUESTS, "action_submit", ids=request_ids)
    return state(odoo, request_ids)


def state(odoo, request_ids):
    """Return how requests stand, with their lines."""
    requests = odoo.call(
        REQUESTS,
        "read",
        ids=request_ids,
        fields=[
            "name",
            "state",
            "waiting_for",
            "amount_untaxed",
            "amount_total",
            "currency_id",
            "invoice_number",
            "invoice_state",
            "payment_state",
            "line_ids",
        ],
    )
    for request in requests:
        request["lines"] = odoo.call(
            "project.billing.line",
            "read",
            ids=request.pop("line_ids"),
            fields=["name", "quantity", "price_unit", "price_subtotal"],
        )
    return requests


def state_of(odoo, name):
    """Return how the request with a number stands."""
    ids = odoo.call(REQUESTS, "search", domain=[["name", "=", name]])
    if not ids:
        raise Refused(404, f"There is no request {name} of yours.")
    return state(odoo, ids)


def main(arguments=None, out=sys.stdout):
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default=os.environ.get("ODOO_URL"))
    parser.add_argument("--database", default=os.environ.get("ODOO_DATABASE"))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("open", help="what may be billed now, by project")
    billing = commands.add_parser("bill", help="prepare a request for a project")
    billing.add_argument("project")
    billing.add_argument("--until", help="last day of work, YYYY-MM-DD")
    billing.add_argument("--submit", action="store_true")
    commands.add_parser("state", help="how a request stands").add_argument("name")
    options = parser.parse_args(arguments)
    key = os.environ.get("ODOO_KEY")
    if not (options.url and options.database and key):
        parser.error("set ODOO_URL, ODOO_DATABASE and ODOO_KEY")
    odoo = Odoo(options.url, options.database, key)
    try:
        if options.command == "open":
            answer = open_work(odoo)
        elif options.command == "bill":
            answer = bill(odoo, options.project, options.until, options.submit)
        else:
            answer = state_of(odoo, options.name)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    out.write(json.dumps(answer, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
