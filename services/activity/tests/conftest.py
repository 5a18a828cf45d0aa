"""The ledger with its two roles, as an installation has it, and a superuser who can do everything to it."""

import json
import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from activity.app import Settings
from activity.consumers import SUBSCRIPTIONS
from chassis import migrations, sealing, tokens
from chassis.ids import new_id
from chassis.settings import load
from chassis.testing import GATEWAY_KEY, deliver, empty, for_service
from chassis.transaction import Database
from contracts.activities import Actor
from contracts.catalogue import ACTIVITIES
from contracts.identity import PersonNamedV1
from devservers import databases

NAMES_KEY = sealing.generate_key("test")

_, _, app, client, tx = for_service("activity")


@pytest.fixture(scope="session")
def roles(postgres_server, worker_id):
    """Addresses of one database: as the service's own role, as the owner of the ledger, as a superuser."""
    name = f"activity_{worker_id}"
    runtime = postgres_server.create(name)
    owner = databases.ensure_owner(postgres_server.url, name, secrets.token_urlsafe(12))
    parts = urlsplit(postgres_server.url)
    return {"runtime": runtime, "owner": owner, "superuser": urlunsplit(parts._replace(path=f"/{name}"))}


@pytest.fixture(scope="session")
def settings(roles):
    loaded = load(
        Settings,
        "activity",
        {
            "MINASIDOR_ENVIRONMENT": "test",
            "MINASIDOR_DATABASE_URL": roles["runtime"],
            "ACTIVITY_OWNER_DATABASE_URL": roles["owner"],
            "MINASIDOR_GATEWAY_JWKS": tokens.public_jwks(GATEWAY_KEY),
            "ACTIVITY_SEAL_PRIVATE_JWKS": json.dumps({"keys": [NAMES_KEY]}),
            "MINASIDOR_PUBLIC_URL": "http://localhost:8080",
        },
    )
    migrations.upgrade(loaded)
    return loaded


@pytest.fixture
def superuser(roles):
    """A connection that may do everything, triggers or not."""
    with psycopg.connect(roles["superuser"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def database(settings, superuser):
    made = Database(settings)
    yield made
    empty(made)
    superuser.execute("DELETE FROM ledger.entry")
    superuser.execute("DELETE FROM ledger.chain")
    superuser.execute("DELETE FROM ledger.checkpoint")
    made.dispose()


@pytest.fixture
def named(database):
    """Let identity tell what somebody is called: ``named(person_id, "Karin", version=1)``."""
    sealer = sealing.Sealer(json.dumps(sealing.public_key(NAMES_KEY)))

    def tell(person_id, name, *, protected=False, version=1, sealed_for=None):
        sealed = sealer.seal({"person_id": str(sealed_for or person_id), "name": name}) if name else None
        event = PersonNamedV1(person_id=person_id, sealed_name=sealed, protected_identity=protected)
        deliver(database, SUBSCRIPTIONS, event, version=version)

    return tell


@pytest.fixture
def act(database):
    """Let a service tell of an act: ``act(person_id=..., account_id=...)``; returns the event."""

    def tell(
        service="metering", *, event_id=None, text=("Skickade in en mätarställning", "Submitted a reading"), **facts
    ):
        fields = {
            "activity_id": new_id(),
            "actor": Actor.PERSON,
            "person_id": None,
            "account_id": None,
            "about_person_id": None,
            "role": "owner",
            "support_view_id": None,
            "action": "submit_reading",
            "text_sv": text[0],
            "text_en": text[1],
            "subject_id": None,
            "reason": None,
        }
        event = ACTIVITIES[service](**(fields | facts))
        deliver(database, SUBSCRIPTIONS, event, event_id=event_id)
        return event

    return tell
