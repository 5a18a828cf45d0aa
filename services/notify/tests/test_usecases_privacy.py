"""B-21, J8: notify's part of a person's export and erasure, and the mails about both."""

import pytest

from chassis.ids import new_id, utcnow
from chassis.testing import answered, deliver_scoped
from contracts.data_requests import DataRequestKind
from contracts.identity import DataExportReadyV1, ErasureRefusedV1, UserErasedV1
from notify.consumers import SUBSCRIPTIONS

EXPORT, CHECK, ERASURE = DataRequestKind.EXPORT, DataRequestKind.ERASURE_CHECK, DataRequestKind.ERASURE


def ask(kit, person_id, kind, *accounts):
    deliver_scoped(kit.database, SUBSCRIPTIONS, kind, person_id=person_id, account_ids=accounts)
    return answered(kit.database)


def a_life(kit):
    """Somebody with an address, choices, an account, notices and an invitation."""
    me, account, other = kit.contact(), new_id(), kit.contact(email="bo@exempel.se")
    kit.registered(me)
    kit.choose(me, "invoices", email=False, sms=False)
    kit.granted(account, me)
    kit.granted(account, other, role="delegate", by=me)
    kit.invoice(account)
    invitation = kit.invited(email="karin@exempel.se", account_id=account, inviter_id=me)
    return me, account, other, invitation


def test_B_21_an_export_holds_notices_and_how_they_were_sent_but_no_address_of_anybody(kit):
    me, _, other, invitation = a_life(kit)
    found = ask(kit, me, EXPORT)
    assert {notice["template"] for notice in found["notices"]} >= {"registration-welcome", "invoice-available"}
    welcome = next(notice for notice in found["notices"] if notice["template"] == "registration-welcome")
    assert [(sent["channel"], sent["state"]) for sent in welcome["deliveries"]] == [("email", "queued")]
    assert [(one["subject"], one["email"]) for one in found["preferences"]] == [("invoices", False)]
    assert found["contact"][0]["has_email"] is True
    assert [one["invitation_id"] for one in found["invitations"]] == [str(invitation)]
    text = str(found)
    assert str(other) not in text
    assert "@" not in text
    assert "sealed" not in text


def test_FJ8_an_erasure_takes_everything_about_the_person_and_nothing_of_others(kit):
    me, account, other, invitation = a_life(kit)
    before = {row for row in kit.told() if row[1] == other}
    report = ask(kit, me, ERASURE, account)
    assert len(report.erased) == 5
    assert report.kept == ()
    text = str(
        [
            kit.rows(f"SELECT t::text FROM {table} t")  # noqa: S608 - our own names
            for table in ("contact", "preference", "notification", "membership", "invitation", "delivery")
        ]
    )
    assert str(me) not in text
    assert {row for row in kit.told() if row[1] == other} == before
    [row] = kit.rows("SELECT inviter_id, sealed_recipient FROM invitation WHERE invitation_id = :id", id=invitation)
    assert row.inviter_id is None
    assert row.sealed_recipient is not None, "the invited person may still have to be told that it is void"
    assert ask(kit, me, ERASURE, account).erased == ()


def test_FJ8_nothing_here_stands_against_an_erasure(kit):
    me, account, _, _ = a_life(kit)
    assert ask(kit, me, CHECK, account).objections == ()
    assert kit.rows("SELECT 1 FROM contact WHERE person_id = :me", me=me)


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (
            lambda person: DataExportReadyV1(request_id=new_id(), person_id=person, missing=(), expires_at=utcnow()),
            "Dina uppgifter är klara att hämta",
        ),
        (lambda person: ErasureRefusedV1(request_id=new_id(), person_id=person), "Dina uppgifter har inte raderats"),
    ],
    ids=["ready", "refused"],
)
def test_FJ8_the_person_is_mailed_with_a_link_to_my_data(kit, box, event, subject):
    me = kit.contact(email="anna@exempel.se")
    kit.deliver(event(me))
    kit.send_all()
    mail = box.wait_for_mail("anna@exempel.se", subject)
    assert mail["links"] == ["http://localhost:8080/installningar/mina-uppgifter"]


def test_FJ8_the_last_mail_goes_to_the_address_that_there_was_and_leads_to_the_receipt(kit, box):
    me, request_id = kit.contact(email="anna@exempel.se"), new_id()
    ask(kit, me, ERASURE)
    kit.deliver(
        UserErasedV1(
            request_id=request_id,
            person_id=me,
            sealed_recipient=kit.sealer.seal({"email": "anna@exempel.se"}),
            locale="en",
            erased_at=utcnow(),
        )
    )
    kit.send_all()
    mail = box.wait_for_mail("anna@exempel.se", "Your data has been erased")
    assert mail["links"] == [f"http://localhost:8080/radering/{request_id}"]
    assert str(me) not in str(kit.rows("SELECT n::text FROM notification n"))
    assert kit.rows("SELECT sealed_recipient FROM notification") == [(None,)], "the address goes with the mail"


def test_FJ8_who_had_no_address_gets_no_last_mail(kit, box):
    kit.deliver(
        UserErasedV1(request_id=new_id(), person_id=new_id(), sealed_recipient=None, locale="sv", erased_at=utcnow())
    )
    kit.send_all()
    assert box.messages() == []
