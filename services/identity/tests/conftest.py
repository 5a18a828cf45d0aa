"""A browser, the gateway in front of it, and the real simulator of BankID behind the service."""

import base64
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis import sealing
from chassis.ids import new_id
from chassis.testing import IDENTITY_KEY, MINTER, assembled_once, for_service, gateway
from chassis.transaction import Principal
from identity.api.bankid import BankId
from identity.app import create_app, make_keys
from identity.consumers import subscriptions
from sim_bankid.control import Control
from sim_bankid.testing import running

KEY = base64.b64encode(b"k" * 32).decode()
PEPPER = base64.b64encode(b"p" * 32).decode()
KARIN, ERIK, TOLVAN = "199908072391", "199006022397", "191212121212"
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"

REGISTRY_KEY = sealing.generate_key("org-registry")

settings, database, _app, client, tx = for_service(
    "identity",
    personal_number_key=KEY,
    personal_number_pepper=PEPPER,
    bankid_url="http://127.0.0.1:9",
    web_threads=25,
    seal_jwks=json.dumps({"org-registry": sealing.public_key(REGISTRY_KEY)}),
)


@pytest.fixture(scope="session")
def simulator():
    with running() as started:
        yield started


@pytest.fixture
def control(simulator):
    """The person with the telephone."""
    tester = Control(simulator.tester)
    tester.reset()
    return tester


@pytest.fixture
def bankid(settings, simulator):
    made = BankId(replace(settings, bankid_url=simulator.api))
    yield made
    made.close()


@pytest.fixture
def app(settings, database, bankid):
    with assembled_once():
        made = create_app(settings, bankid=bankid)
    made.extensions["chassis"].make_database = lambda _settings: database
    return made


@pytest.fixture
def keys(settings):
    return make_keys(settings)


@pytest.fixture
def worker_settings(settings):
    """What the worker knows and the web process does not: the key that opens what is exported."""
    return replace(settings, identity_private_jwks=json.dumps({"keys": [IDENTITY_KEY]}))


@pytest.fixture
def unseal_as_registry():
    """What org-registry finds in a value sealed for it."""
    return sealing.Unsealer(json.dumps({"keys": [REGISTRY_KEY]})).unseal


@pytest.fixture
def events(worker_settings):
    return subscriptions(make_keys(worker_settings))


class Browser:
    """A browser with its cookies, and what the gateway adds: whose session it is."""

    def __init__(self, app, *, agent=COMPUTER, address="198.51.100.7", locale="sv"):
        self.http = app.test_client()
        self.agent, self.address, self.locale = agent, address, locale

    def cookie(self, name):
        found = self.http.get_cookie(name)
        return found.value if found else None

    def send(self, method, path, body=None, *, who=None, headers=None):
        all_headers = {"User-Agent": self.agent, "X-Real-IP": self.address, "Accept-Language": self.locale}
        if who is not None:
            all_headers["Authorization"] = f"Bearer {MINTER.mint('identity', who)}"
        if method == "POST":
            all_headers["Idempotency-Key"] = str(new_id())
        return self.http.open(f"/v1{path}", method=method, json=body, headers=all_headers | (headers or {}))

    def start(self, device="other", **more):
        return self.send("POST", "/logins", {"device": device, **more})

    def poll(self, login):
        return self.send("POST", f"/logins/{login['login_id']}/polls")

    def come_back(self, login, nonce):
        return self.send("POST", f"/logins/{login['login_id']}/returns", {"nonce": nonce})

    def resolve(self, *, token=None, background=False, **more):
        """What the gateway asks on each request."""
        return self.send(
            "POST",
            "/internal/sessions",
            {"token": token or self.cookie("__Host-sid") or "none", "background": background, **more},
            who=gateway(),
        )

    def as_person(self, method, path, body=None, *, account_id=None, **options):
        """A request through the gateway, as the person of the session cookie."""
        found = self.resolve()
        if found.status_code != 200:
            return found
        session = found.json
        who = Principal(
            person_id=session["person_id"],
            session_id=session["session_id"],
            account_id=account_id or session["account_id"],
        )
        return self.send(method, path, body, who=who, **options)


@pytest.fixture
def browser(app):
    return Browser(app)


@pytest.fixture
def new_browser(app):
    return lambda **options: Browser(app, **options)


@pytest.fixture
def later(database, control):
    """``later(2)``: two seconds pass, for the database's rows and for BankID."""

    def shift(seconds, *, bankid=True):
        with database.engine.begin() as connection:
            for table, columns in {
                "login": (
                    "order_started_at",
                    "collected_at",
                    "collecting_since",
                    "returned_at",
                    "completed_at",
                    "created_at",
                ),
                "session": ("authenticated_at", "created_at", "last_seen_at", "expires_at", "ended_at"),
                "login_record": ("identified_at",),
                "contact_change": ("created_at", "expires_at"),
                "population_register": ("due_at", "asked_at", "checked_at", "created_at"),
            }.items():
                changes = ", ".join(f"{name} = {name} - make_interval(secs => :seconds)" for name in columns)
                statement = f"UPDATE {table} SET {changes}"  # noqa: S608 - our own names
                connection.execute(text(statement), {"seconds": seconds})
        if bankid:
            control.advance(seconds)

    return shift


@pytest.fixture
def rows(database):
    """``rows("SELECT ...")``: what stands in the tables."""

    def select(sql, **parameters):
        with database.read() as reading:
            return [row._asdict() for row in reading.session.execute(text(sql), parameters)]

    return select


@pytest.fixture
def log_in(control, later):
    """``log_in(browser, KARIN)``: with a QR code, to the end; the answer that completed it."""

    def run(who, person=KARIN):
        login = who.start().json
        order = control.scan(login["qr"], person)
        control.approve(order)
        later(2)
        answer = who.poll(login)
        assert answer.status_code == 200, answer.text
        assert answer.json["status"] == "complete", answer.text
        return answer

    return run


@pytest.fixture
def everything(database):
    """All that stands in clear in the database, as one text."""

    def dump():
        with database.read() as reading:
            names = (
                reading.session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
                .scalars()
                .all()
            )
            return "\n".join(
                json.dumps([str(row) for row in reading.session.execute(text(f'SELECT to_jsonb(t) FROM "{name}" t'))])  # noqa: S608
                for name in names
            )

    return dump
