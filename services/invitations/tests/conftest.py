"""A small world around the service: accounts and people told by events, links as notify reads them, a movable clock."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis import scopes, sealing, tokens
from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.testing import NOTIFY_KEY, Database, deliver, for_service, principal, told
from contracts.invitations import InvitationCreatedV1
from contracts.org_registry import (
    AccountKind,
    AccountOpenedV1,
    DelegationRefusedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    RefusalReason,
    RemovalReason,
    Role,
)
from invitations import usecases
from invitations.app import create_app, make_keys
from invitations.consumers import SUBSCRIPTIONS
from invitations.domain import local_date

WHEN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode()
PEPPER = base64.b64encode(bytes(range(32, 64))).decode()

settings, database, _app, client, tx = for_service(
    "invitations",
    address_key=KEY,
    address_pepper=PEPPER,
    peer_private_jwk=json.dumps(tokens.generate_key("invitations")),
    identity_address="127.0.0.1:9",
)

INVITATION_INSTANTS = (
    *("created_at", "sent_at", "expires_at", "accepted_at", "approve_before", "decided_at", "signed_at"),
)


class FakeIdentity:
    """Identity, as far as invitations asks it: whose number a binding is, and what is to be signed."""

    def __init__(self):
        self.bound = {}
        """binding -> (who made it, whose number it is)"""
        self.orders = {}
        self.withdrawn = []
        self.asked = []
        self.down = False
        self.refusal = None

    def bind(self, inviter, person_id):
        """What the portal has got from identity for a personal number."""
        binding_id = new_id()
        self.bound[str(binding_id)] = (str(inviter.person_id), str(person_id))
        return binding_id

    def post(self, path, body):
        self._answer(path)
        if self.refusal is not None:
            return self.refusal, {"code": "refused"}
        if path == "/v1/internal/sign-orders":
            self.orders[body["sign_order_id"]] = body
            until = datetime.now(UTC) + timedelta(minutes=body["valid_minutes"])
            return 201, {"sign_order_id": body["sign_order_id"], "expires_at": until.isoformat()}
        _, binding_id, what = path.removeprefix("/v1/internal").rsplit("/", 2)
        made_by, person_id = self.bound.get(binding_id, (None, None))
        if made_by is None or (what == "uses" and made_by != body["made_by"]):
            return 404, {"code": "person-binding-not-found"}
        return 200, {"same": person_id == body["person_id"]} if what == "checks" else {"id": binding_id}

    def delete(self, path):
        self._answer(path)
        self.withdrawn.append(path.rsplit("/", 1)[1])
        return 204, {}

    def _answer(self, path):
        self.asked.append(path)
        if self.down:
            raise Unavailable


@pytest.fixture
def identity():
    return FakeIdentity()


@pytest.fixture
def app(settings, database, identity):
    made = create_app(settings, identity=identity)
    made.extensions["chassis"].make_database = lambda _settings: database
    return made


class World:
    """Speaks for org-registry, for notify and for the clock."""

    def __init__(self, database, settings):
        self.database = database
        self.settings = settings
        self.keys = make_keys(settings)
        self.unsealer = sealing.Unsealer(json.dumps({"keys": [NOTIFY_KEY]}))

    # -- org-registry ------------------------------------------------------------------------------------------
    def open(self, account_id):
        deliver(
            self.database,
            SUBSCRIPTIONS,
            AccountOpenedV1(account_id=account_id, kind=AccountKind.COMPANY, display_name="Exempel AB", opened_at=WHEN),
        )

    def owner(self, **narrowed):
        """The owner of a new account."""
        account_id = new_id()
        self.open(account_id)
        return self.member(account_id, "owner", **narrowed)

    def member(self, account_id, role="delegate", **narrowed):
        """Somebody who may act for the account, told by an event."""
        who = self.principal(account_id, role, **narrowed)
        self.grant(who, ends_on=narrowed.get("ends_on"), invitation_id=narrowed.get("invitation_id"))
        return who

    def principal(self, account_id, role="delegate", *, read_only=False, services=None, **_):
        """What the gateway says of somebody; no event of it has come."""
        return principal(
            account_id=account_id,
            role=role,
            read_only=read_only,
            services=None if services is None else frozenset(services),
            scopes=scopes.held(read_only=read_only),
        )

    def granted(self, who, *, ends_on=None, invitation_id=None):
        return MembershipGrantedV1(
            membership_id=who.membership_id,
            account_id=who.account_id,
            person_id=who.person_id,
            role=Role(who.role),
            read_only=who.read_only,
            services=tuple(sorted(who.services or ())),
            ends_on=ends_on,
            granted_by=None,
            invitation_id=invitation_id,
            granted_at=WHEN,
        )

    def removed(self, who):
        return MembershipRemovedV1(
            membership_id=who.membership_id,
            account_id=who.account_id,
            person_id=who.person_id,
            role=Role(who.role),
            removed_by=None,
            reason=RemovalReason.REMOVED,
            removed_at=WHEN,
        )

    def grant(self, who, *, version=1, **state):
        deliver(self.database, SUBSCRIPTIONS, self.granted(who, **state), version=version)

    def remove(self, who, *, version=2):
        deliver(self.database, SUBSCRIPTIONS, self.removed(who), version=version)

    def refuse(self, who, invitation_id, acceptor_id, reason=RefusalReason.NOT_HELD):
        """Org-registry does not let in whom ``who`` has approved."""
        deliver(self.database, SUBSCRIPTIONS, self.refusal(who, invitation_id, acceptor_id, reason))

    def refusal(self, who, invitation_id, acceptor_id, reason=RefusalReason.NOT_HELD):
        return DelegationRefusedV1(
            invitation_id=invitation_id,
            account_id=who.account_id,
            acceptor_id=acceptor_id,
            reason=reason,
            refused_at=WHEN,
        )

    # -- people ------------------------------------------------------------------------------------------------
    def visitor(self, name="Märta Exempel", birth_year=1993, person_id=None):
        """Somebody who is logged in and acts for no account, with the claims of the acceptance route."""
        return principal(
            person_id=person_id or new_id(),
            account_id=None,
            membership_id=None,
            role=None,
            scopes=frozenset(),
            name=name,
            birth_year=birth_year,
        )

    def as_visitor(self, member):
        """A member of some account, at the acceptance page."""
        return self.visitor(person_id=member.person_id)

    # -- use cases, each in a transaction of its own -----------------------------------------------------------
    def does(self, who, what, *arguments, database=None):
        with (database or self.database).transaction(principal=who) as tx:
            return what(tx, *arguments)

    def invite(self, who, email="karin@exempel.se", **narrowed):
        """Returns the invitation's id and the secret in the mail."""
        made = self.does(who, usecases.invite, usecases.Invite(email=email, **narrowed), self.keys)
        return made.id, self.token(made.id)

    def renew(self, who, invitation_id):
        self.does(who, usecases.renew_invitation, invitation_id, self.keys)
        return self.token(invitation_id)

    def accept(self, who, token, database=None):
        return self.does(who, usecases.accept_invitation, usecases.Link(token=token), self.keys, database=database)

    def decline(self, token):
        return self.does(None, usecases.decline_invitation, usecases.Link(token=token))

    def look_up(self, token):
        return self.does(None, usecases.look_up, usecases.Link(token=token))

    def approve(self, who, invitation_id, database=None):
        return self.does(who, usecases.approve_invitation, invitation_id, self.keys, database=database)

    def deny(self, who, invitation_id, database=None):
        return self.does(who, usecases.deny_invitation, invitation_id, database=database)

    def revoke(self, who, invitation_id):
        return self.does(who, usecases.revoke_invitation, invitation_id)

    def show(self, who, invitation_id):
        with self.database.read(principal=who) as tx:
            return usecases.get_invitation(tx, invitation_id, self.keys)

    def accepted(self, who, email="karin@exempel.se", **narrowed):
        """An invitation that somebody has accepted: its id and that somebody."""
        invitation_id, token = self.invite(who, email, **narrowed)
        acceptor = self.visitor()
        self.accept(acceptor, token)
        return invitation_id, acceptor

    def sweep(self):
        """What the job does."""
        with self.database.transaction() as tx:
            return usecases.expire_invitations(tx)

    # -- notify, and the clock ---------------------------------------------------------------------------------
    def letters(self, invitation_id):
        """Every mail of an invitation, opened as notify opens it."""
        return [
            self.unsealer.unseal(event.sealed_recipient)
            for event in told(self.database, InvitationCreatedV1)
            if event.invitation_id == invitation_id
        ]

    def token(self, invitation_id):
        return self.letters(invitation_id)[-1]["link"].partition("#")[2]

    def later(self, **time):
        """Let time pass: everything that has a time happened so much earlier."""
        parts = ", ".join(f"{name} = {name} - CAST(:time AS interval)" for name in INVITATION_INSTANTS)
        length = {"time": " ".join(f"{value} {unit}" for unit, value in time.items())}
        with self.database.engine.begin() as connection:
            connection.execute(text(f"UPDATE invitation SET {parts}"), length)  # noqa: S608 - our own names
            connection.execute(text("UPDATE sending SET sent_at = sent_at - CAST(:time AS interval)"), length)

    def day(self, days):
        """A Swedish date, counted from the database's today."""
        with self.database.read() as tx:
            return local_date(tx.now) + timedelta(days=days)

    def rows(self, table="invitation"):
        with self.database.read() as tx:
            return [dict(row) for row in tx.session.execute(text(f"SELECT * FROM {table}")).mappings()]  # noqa: S608

    def status(self, invitation_id):
        """As stored."""
        return next(row["status"] for row in self.rows() if row["id"] == invitation_id)

    # -- at once -----------------------------------------------------------------------------------------------
    def at_once(self, *works):
        """Run all at the same time, each with a database connection; returns what each returned or raised."""
        wide = Database(replace(self.settings, web_threads=len(works)))
        start = threading.Barrier(len(works))

        def run(work):
            start.wait()
            try:
                return work(wide)
            except Exception as error:  # noqa: BLE001 - the outcome is what the test is about
                return error

        try:
            with ThreadPoolExecutor(len(works)) as pool:
                return list(pool.map(run, works))
        finally:
            wide.dispose()


@pytest.fixture
def world(database, settings):
    return World(database, settings)
