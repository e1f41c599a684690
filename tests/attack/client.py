"""What a stranger has: addresses, a login, and whatever HTTP can carry."""

import io
import itertools
import json
import re
import zipfile

import requests

PATIENCE = 60  # seconds for an answer
#: How a database speaks when nobody stopped what it was asked for.
DATABASE_WORDS = re.compile(
    r"psycopg2|violates|constraint \"|null value in|DETAIL:|Traceback|sql_db"
)


class Refused(Exception):
    """What the server said instead of doing it."""

    def __init__(self, text, kind=""):
        super().__init__(text)
        self.text = text
        self.kind = kind

    @property
    def is_a_sentence(self):
        """Tell whether it is one for people, not one of the database or of Python."""
        known = self.kind.startswith(
            ("odoo.exceptions.", "odoo.addons.project_invoice")
        )
        return known and bool(self.text) and not DATABASE_WORDS.search(self.text)


class Login:
    """One person, by three doors: the web client's, JSON-RPC and JSON-2."""

    _numbers = itertools.count(1)

    def __init__(self, site, login, password=None):
        self.site = site
        self.login = login
        self.password = password or login
        self.http = requests.Session()
        answer = self.json(
            "/web/session/authenticate",
            db=site.database,
            login=login,
            password=self.password,
        )
        self.uid = answer["uid"]
        self.partner_id = answer.get("partner_id")
        self._key = None

    # === HTTP ===

    def get(self, path, **options):
        """Open a page; return the response."""
        options = {"timeout": PATIENCE, **options}
        return self.http.get(f"{self.site.url}{path}", **options)

    def post(self, path, data, **options):
        """Send a form; return the response."""
        options = {"timeout": PATIENCE, **options}
        return self.http.post(f"{self.site.url}{path}", data=data, **options)

    def json(self, path, **params):
        """Call a route of the web client.

        :raises Refused: with what the server said
        """
        body = {"jsonrpc": "2.0", "id": next(self._numbers), "params": params}
        response = self.http.post(f"{self.site.url}{path}", json=body, timeout=PATIENCE)
        return self._result(response)

    @staticmethod
    def _result(response):
        try:
            answer = response.json()
        except ValueError:
            raise Refused(response.text[:500], f"http {response.status_code}") from None
        if "error" in answer:
            data = answer["error"].get("data") or {}
            text = data.get("message") or answer["error"].get("message", "")
            raise Refused(text, data.get("name", ""))
        return answer.get("result")

    def export(self, kind, model, names):
        """Export all records of a model; return all text in the file.

        :param str kind: ``csv`` or ``xlsx``
        :param names: fields, or paths of fields
        """
        csrf = re.search(r'csrf_token: "([^"]+)"', self.get("/odoo").text)[1]
        data = {
            "model": model,
            "fields": [{"name": name, "label": name} for name in names],
            "ids": False,
            "domain": [],
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        form = {"data": json.dumps(data), "csrf_token": csrf}
        answer = self.post(f"/web/export/{kind}", form)
        if not zipfile.is_zipfile(io.BytesIO(answer.content)):
            return answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            return "".join(book.read(name).decode() for name in book.namelist())

    # === DOORS ===

    def call(self, model, method, *args, **kwargs):
        """Call a method as the web client does."""
        return self.json(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs=kwargs,
        )

    def call_rpc(self, model, method, *args, **kwargs):
        """Call a method by JSON-RPC, with the password."""
        body = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "params": {
                "service": "object",
                "method": "execute_kw",
                "args": [
                    self.site.database,
                    self.uid,
                    self.password,
                    model,
                    method,
                    list(args),
                    kwargs,
                ],
            },
        }
        url = f"{self.site.url}/jsonrpc"
        return self._result(requests.post(url, json=body, timeout=PATIENCE))

    def call_json2(self, model, method, ids=(), **kwargs):
        """Call a method by JSON-2, with an API key; arguments have names there."""
        body = {**({"ids": list(ids)} if ids else {}), **kwargs}
        response = requests.post(
            f"{self.site.url}/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {self._api_key()}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.site.database,
            },
            timeout=PATIENCE,
        )
        if response.status_code == 200:
            return response.json()
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {"message": str(answer)}
        raise Refused(
            answer.get("message", response.text[:500]), answer.get("name", "")
        )

    def _api_key(self):
        """Make an API key as a user does it, with the password once more."""
        if not self._key:
            wizard = self.call(
                "res.users.apikeys.description",
                "create",
                {"name": "attack", "duration": "1"},
            )
            model = "res.users.apikeys.description"
            asked = self.call(model, "make_key", [wizard])
            if asked["res_model"] == "res.users.identitycheck":
                asked = self.call(
                    "res.users.identitycheck",
                    "run_check",
                    [asked["res_id"]],
                    context={"password": self.password},
                )
            self._key = asked["context"]["default_key"]
        return self._key

    # === SHORT FORMS ===

    def create(self, model, **values):
        """Create a record; return its id."""
        return self.call(model, "create", values)

    def write(self, model, ids, **values):
        """Write on records."""
        return self.call(model, "write", _ids(ids), values)

    def unlink(self, model, ids):
        """Delete records."""
        return self.call(model, "unlink", _ids(ids))

    def read(self, model, ids, *names):
        """Return the values of records, a dict each."""
        return self.call(model, "read", _ids(ids), list(names))

    def find(self, model, domain, *names, **options):
        """Return the values of what a domain finds."""
        return self.call(model, "search_read", domain, list(names), **options)

    def ref(self, name, module="project_invoice_tracker"):
        """Return the id of a record of the demo, for who may know external ids."""
        domain = [("module", "=", module), ("name", "=", name)]
        (row,) = self.find("ir.model.data", domain, "res_id")
        return row["res_id"]


def _ids(ids):
    return [ids] if isinstance(ids, int) else list(ids)


def refusal(function, *args, **kwargs):
    """Return the refusal of a call, or None when it was done."""
    try:
        function(*args, **kwargs)
    except Refused as refused:
        return refused
    return None
