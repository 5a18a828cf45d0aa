"""A database, people and events, and the postbox as a real process: mail and SMS really leave and really arrive."""

import json
import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis import consumer, sealing
from chassis.ids import new_id, utcnow
from chassis.sealing import Unsealer
from chassis.testing import NOTIFY_KEY, for_service
from contracts.billing import InvoiceAvailableV1, InvoicePaidV1
from contracts.identity import ContactChangedV1, UserRegisteredV1
from contracts.invitations import InvitationAcceptedV1, InvitationCreatedV1
from contracts.metering import CheckReason, ReadingNeedsCheckV1
from contracts.org_registry import (
    AccountKind,
    AccountOpenedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    RemovalReason,
    Role,
)
from notify.consumers import SUBSCRIPTIONS
from notify.consumers.sending.breaker import Breaker
from notify.consumers.sending.elks import ElksClient
from notify.consumers.sending.sender import Sender
from notify.consumers.sending.smtp import SmtpClient
from notify.domain import Channel
from sim_postbox.control import Control

SMS_ACCOUNT = ("test-account", "test-account-password")
WEBHOOK_KEY = "k" * 32


def _free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


WEB_PORT, SMTP_PORT = _free_ports(2)

settings, database, app, client, tx = for_service(
    "notify",
    notify_private_jwks=json.dumps({"keys": [NOTIFY_KEY]}),
    smtp_url=f"smtp://127.0.0.1:{SMTP_PORT}",
    smtp_timeout_seconds=2,
    sms_timeout_seconds=2,
    lease_seconds=3,
    sms_url=f"http://127.0.0.1:{WEB_PORT}",
    sms_user=SMS_ACCOUNT[0],
    sms_password=SMS_ACCOUNT[1],
    sms_webhook_key=WEBHOOK_KEY,
)


class Run:
    """What a sender needs of its loop, without the loop."""

    def __init__(self, database):
        self.database = database
        self.stopped = False

    def stopping(self):
        return self.stopped

    def alive(self):
        pass

    def wait(self, seconds):
        return self.stopped


class Kit:
    """Everything a test needs to say what happened and to see what became of it."""

    def __init__(self, database, settings, sealer):
        self.database = database
        self.settings = settings
        self.sealer = sealer
        self.senders = []
        self._versions = {}
        self.began = utcnow()

    def close(self):
        for sender in self.senders:
            sender.close()

    # what happens

    def deliver(self, event, *, subject=None, version=None, event_id=None):
        """Give an event to the consumer; versions of a subject count up by themselves. Returns the event's id."""
        event_id, subject = event_id or new_id(), subject or new_id()
        if version is None:
            version = self._versions[subject] = self._versions.get(subject, 0) + 1
        consumer.apply(self.database, SUBSCRIPTIONS, event, version=version, subject=subject, event_id=event_id)
        return event_id

    def contact(self, person_id=None, *, email="anna@exempel.se", phone=None, locale="sv", **options):
        person_id = person_id or new_id()
        sealed = self.sealer.seal({"email": email, "phone": phone, "name": "Anna Öberg"})
        event = ContactChangedV1(
            person_id=person_id,
            sealed_contact=sealed,
            has_email=email is not None,
            has_phone=phone is not None,
            locale=locale,
        )
        self.deliver(event, subject=options.pop("subject", person_id), **options)
        return person_id

    def registered(self, person_id, **options):
        event = UserRegisteredV1(person_id=person_id, registered_at=self.began, terms_version="1", locale="sv")
        return self.deliver(event, **options)

    def opened(self, account_id, kind="company"):
        event = AccountOpenedV1(
            account_id=account_id, kind=AccountKind(kind), display_name="Bolaget AB", opened_at=utcnow()
        )
        return self.deliver(event, subject=account_id)

    def granted(self, account_id, person_id, *, role="owner", membership_id=None, services=(), ends_on=None, by=None,
                invitation_id=None, **options):  # fmt: skip
        membership_id = membership_id or new_id()
        event = MembershipGrantedV1(
            membership_id=membership_id,
            account_id=account_id,
            person_id=person_id,
            role=Role(role),
            read_only=False,
            services=services,
            ends_on=ends_on,
            granted_by=by,
            invitation_id=invitation_id,
            granted_at=utcnow(),
        )
        self.deliver(event, subject=membership_id, **options)
        return membership_id

    def removed(self, account_id, person_id, membership_id, *, role="delegate", by=None, **options):
        event = MembershipRemovedV1(
            membership_id=membership_id,
            account_id=account_id,
            person_id=person_id,
            role=Role(role),
            removed_by=by,
            reason=RemovalReason.REMOVED,
            removed_at=utcnow(),
        )
        return self.deliver(event, subject=membership_id, **options)

    def invited(self, *, email="bo@exempel.se", link=None, invitation_id=None, account_id=None, inviter_id=None,
                **options):  # fmt: skip
        invitation_id = invitation_id or new_id()
        link = link or f"{self.settings.public_url}/inbjudan#hemlig-kod"
        event = InvitationCreatedV1(
            invitation_id=invitation_id,
            account_id=account_id or new_id(),
            inviter_id=inviter_id or new_id(),
            sealed_recipient=self.sealer.seal({"email": email, "link": link}),
            expires_at=utcnow() + timedelta(hours=72),
        )
        self.deliver(event, subject=invitation_id, **options)
        return invitation_id

    def accepted(self, invitation_id, *, inviter_id, acceptor_id, account_id=None, **options):
        event = InvitationAcceptedV1(
            invitation_id=invitation_id,
            account_id=account_id or new_id(),
            inviter_id=inviter_id,
            acceptor_id=acceptor_id,
            accepted_at=utcnow(),
            approve_before=utcnow() + timedelta(days=30),
        )
        return self.deliver(event, subject=invitation_id, **options)

    def invoice(self, account_id, **options):
        event = InvoiceAvailableV1(
            invoice_id=new_id(),
            account_id=account_id,
            invoice_number="10042",
            total_ore=123_400,
            due_on=utcnow().date() + timedelta(days=30),
        )
        return self.deliver(event, **options)

    def paid(self, account_id):
        return self.deliver(
            InvoicePaidV1(invoice_id=new_id(), account_id=account_id, invoice_number="10042", paid_at=utcnow())
        )

    def needs_check(self, account_id):
        return self.deliver(
            ReadingNeedsCheckV1(
                reading_id=new_id(), account_id=account_id, reason=CheckReason.HIGH, submitted_at=utcnow()
            )
        )

    def choose(self, person_id, subject, *, email, sms):
        self.execute(
            "INSERT INTO preference (person_id, subject, email, sms) VALUES (:person, :subject, :email, :sms)",
            person=person_id,
            subject=subject,
            email=email,
            sms=sms,
        )

    # sending

    def sender(self, channel="email", *, breaker=None, settings=None, database=None):
        settings = settings or self.settings
        unsealer = Unsealer(settings.notify_private_jwks)
        client = SmtpClient(settings, unsealer) if channel == "email" else ElksClient(settings, unsealer)
        made = Sender(Run(database or self.database), settings, Channel(channel), client, breaker=breaker or Breaker())
        self.senders.append(made)
        return made

    def send_all(self, *channels):
        """Step senders until none has anything to do now."""
        senders = [self.sender(channel) for channel in channels or ("email", "sms", "email")]
        for sender in senders:
            while sender.step() == 0:
                pass

    # what became of it

    def rows(self, statement, **values):
        with self.database.read() as tx:
            return tx.session.execute(text(statement), values).all()

    def execute(self, statement, **values):
        with self.database.transaction() as tx:
            tx.session.execute(text(statement), values)

    def notices(self, **where):
        """(template, recipient's person or None, state) of every notice, oldest first."""
        rows = self.rows("SELECT template, person_id, state FROM notification ORDER BY created_at, id")
        return [(row.template, row.person_id, row.state) for row in rows]

    def told(self):
        """{(template, person)} of all notices."""
        return {(template, person) for template, person, _ in self.notices()}

    def states(self, template=None):
        """{channel: (state, reason)} of the deliveries, of one template's where it is given."""
        rows = self.rows(
            "SELECT d.channel, d.state, d.reason FROM delivery d JOIN notification n ON n.id = d.notification_id"
            " WHERE n.template = coalesce(:template, n.template)",
            template=template,
        )
        return {row.channel: (row.state, row.reason) for row in rows}

    def make_due(self):
        """Let the waiting time of every retry be over, and every lease."""
        self.execute("UPDATE delivery SET due_at = now() WHERE state IN ('queued', 'failed-temporary')")
        self.execute("UPDATE delivery SET lease_until = now() WHERE state = 'sending'")

    def age(self, **interval):
        """Make every notice older."""
        self.execute(
            "UPDATE notification SET created_at = created_at - CAST(:by AS interval)", by=timedelta(**interval)
        )


@pytest.fixture(scope="session")
def _postbox():
    environ = {
        **os.environ,
        "SIM_POSTBOX_BIND": f"127.0.0.1:{WEB_PORT}",
        "SIM_POSTBOX_SMTP": f"127.0.0.1:{SMTP_PORT}",
        "SIM_POSTBOX_SMS_USERNAME": SMS_ACCOUNT[0],
        "SIM_POSTBOX_SMS_PASSWORD": SMS_ACCOUNT[1],
        "SIM_POSTBOX_RETRY_SECONDS": "0.01",
    }
    process = subprocess.Popen([sys.executable, "-m", "sim_postbox"], env=environ, stdout=subprocess.DEVNULL)
    control = Control(f"http://127.0.0.1:{WEB_PORT}")
    try:
        control.wait_ready()
        yield control
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def box(_postbox):
    """The postbox, empty and without faults."""
    _postbox.reset()
    yield _postbox
    _postbox.faults.clear()


@pytest.fixture
def kit(database, settings):
    """People, events and senders."""
    made = Kit(database, settings, sealing.Sealer(json.dumps(sealing.public_key(NOTIFY_KEY))))
    yield made
    made.close()
