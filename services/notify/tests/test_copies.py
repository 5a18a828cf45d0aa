"""Further addresses of an account: a company's own (B11), or somebody who helps (C21)."""

import json
from datetime import timedelta

import pytest

from chassis import jobs, sealing
from chassis.ids import new_id
from chassis.testing import NOTIFY_KEY, principal
from notify import app as composition

PATH, ANSWERS = "/v1/notice-copies", "/v1/notice-copy-answers"
BODY = {"email": "ekonomi@bolaget.exempel.se", "subjects": ["invoices"]}


@pytest.fixture
def owner(kit, client):
    """A signatory of a company, acting for it."""
    who = principal(role="signatory")
    kit.contact(who.person_id)
    kit.membership = kit.granted(who.account_id, who.person_id, role="signatory")
    return client.as_(who)


def letter(kit):
    """What is in the newest letter to a new address."""
    of_the_newest = "WHERE template = 'copy-confirmation' ORDER BY created_at DESC LIMIT 1"
    [row] = kit.rows(f"SELECT sealed_recipient FROM notification {of_the_newest}")  # noqa: S608 - our own words
    return sealing.Unsealer(json.dumps({"keys": [NOTIFY_KEY]})).unseal(row.sealed_recipient)


def token(kit):
    return letter(kit)["link"].partition("#")[2]


def added(owner, kit, **body):
    """An address that has said yes; returns its id and token."""
    made = owner.post(PATH, BODY | body)
    assert made.status_code == 201, made.json
    secret = token(kit)
    assert owner.as_(None).post(ANSWERS, {"token": secret, "wanted": True}, key=None).status_code == 204
    return made.json["id"], secret


def copied(kit):
    """The templates that have gone to further addresses."""
    rows = kit.rows("SELECT template FROM notification WHERE recipient LIKE 'copy:%' ORDER BY created_at, id")
    return [row.template for row in rows]


def test_FB11_FC21_an_address_gets_copies_once_it_has_said_yes_itself(kit, owner):
    made = owner.post(PATH, BODY)
    assert made.status_code == 201, made.json
    assert (made.json["address"], made.json["status"]) == ("e***@bolaget.exempel.se", "waiting")
    kit.invoice(owner.who.account_id)
    assert copied(kit) == []
    assert letter(kit)["email"] == BODY["email"]
    assert letter(kit)["link"].startswith(f"{kit.settings.public_url}/kopior#")
    nobody = owner.as_(None)
    assert nobody.post(ANSWERS, {"token": token(kit), "wanted": True}, key=None).status_code == 204
    [item] = owner.get(PATH).json["items"]
    assert (item["status"], item["subjects"]) == ("active", ["invoices"])
    kit.invoice(owner.who.account_id)
    assert copied(kit) == ["invoice-available"]


def test_FB11_the_copy_really_arrives_and_says_no_more_than_any_notice(kit, owner, box):
    added(owner, kit)
    mark = box.mark()
    kit.invoice(owner.who.account_id)
    kit.send_all("email")
    mail = box.wait_for_mail(BODY["email"], since=mark)
    assert mail["subject"] == "Ny faktura på Mina sidor"
    for secret in ("10042", "1234", "1 234"):
        assert secret not in mail["text"]


def test_FC21_only_the_chosen_subjects_are_copied_and_never_what_is_about_access(kit, owner):
    added(owner, kit, subjects=["readings"])
    account = owner.who.account_id
    kit.invoice(account)
    kit.needs_check(account)
    kit.granted(account, kit.contact(), role="delegate", invitation_id=new_id())
    assert copied(kit) == ["reading-check"]
    for subject in ("access", "registration", "everything"):
        assert owner.post(PATH, BODY | {"subjects": [subject]}).status_code == 422


def test_FC21_an_event_twice_is_one_copy_to_each_address(kit, owner):
    added(owner, kit)
    added(owner, kit, email="revisor@exempel.se")
    event_id = new_id()
    for _ in range(2):
        kit.invoice(owner.who.account_id, event_id=event_id, subject=event_id, version=1)
    assert copied(kit) == ["invoice-available"] * 2


def test_FC21_the_same_link_stops_the_copies_and_forgets_the_address(kit, owner):
    _, secret = added(owner, kit)
    nobody = owner.as_(None)
    assert nobody.post(ANSWERS, {"token": secret, "wanted": False}, key=None).status_code == 204
    kit.invoice(owner.who.account_id)
    assert copied(kit) == []
    assert owner.get(PATH).json["items"] == []
    assert kit.rows("SELECT sealed_address FROM notice_copy") == [(None,)]
    again = nobody.post(ANSWERS, {"token": secret, "wanted": True}, key=None)
    assert (again.status_code, again.json["code"]) == (410, "notice-copy-ended")


def test_FC21_owner_or_signatory_removes_an_address(kit, owner):
    copy_id, _ = added(owner, kit)
    assert owner.delete(f"{PATH}/{copy_id}").status_code == 204
    assert owner.delete(f"{PATH}/{copy_id}").json["code"] == "notice-copy-not-found"
    kit.invoice(owner.who.account_id)
    assert copied(kit) == []


def test_FC21_with_the_access_of_who_added_it_the_address_goes(kit, owner):
    added(owner, kit)
    kit.removed(owner.who.account_id, owner.who.person_id, kit.membership, role="signatory")
    kit.granted(owner.who.account_id, kit.contact(), role="signatory")
    kit.invoice(owner.who.account_id)
    assert copied(kit) == []


def test_FC21_a_delegate_sees_the_addresses_and_changes_none(kit, owner):
    copy_id, _ = added(owner, kit)
    delegate = owner.as_(principal(account_id=owner.who.account_id, role="delegate"))
    assert len(delegate.get(PATH).json["items"]) == 1
    for answer in (delegate.post(PATH, BODY), delegate.delete(f"{PATH}/{copy_id}")):
        assert (answer.status_code, answer.json["code"]) == (403, "notice-copy-not-allowed")


def test_FC21_C1_another_account_sees_and_removes_nothing(kit, owner):
    copy_id, _ = added(owner, kit)
    other = owner.as_(principal(role="owner"))
    assert other.get(PATH).json["items"] == []
    assert other.delete(f"{PATH}/{copy_id}").json["code"] == "notice-copy-not-found"
    kit.invoice(other.who.account_id)
    assert copied(kit) == []


def test_FC21_five_addresses_and_no_more_and_ten_mails_a_day(kit, owner):
    ids = [added(owner, kit, email=f"a{number}@exempel.se")[0] for number in range(5)]
    sixth = owner.post(PATH, BODY)
    assert (sixth.status_code, sixth.json["code"]) == (409, "notice-copy-limit")
    for place in range(5):
        assert owner.delete(f"{PATH}/{ids[place]}").status_code == 204
        added(owner, kit, email=f"b{place}@exempel.se")
    assert owner.delete(f"{PATH}/{owner.get(PATH).json['items'][0]['id']}").status_code == 204
    eleventh = owner.post(PATH, BODY)
    assert (eleventh.status_code, eleventh.json["code"]) == (429, "notice-copy-mail-limit")


def test_FC21_what_is_not_answered_in_72_hours_is_over_and_forgotten(kit, owner, database, settings):
    owner.post(PATH, BODY)
    secret = token(kit)
    kit.execute("UPDATE notice_copy SET expires_at = now()")
    late = owner.as_(None).post(ANSWERS, {"token": secret, "wanted": True}, key=None)
    assert (late.status_code, late.json["code"]) == (410, "notice-copy-ended")
    jobs.run(composition.JOBS.get("forget-unconfirmed-copies"), jobs.JobContext(database, settings))
    assert kit.rows("SELECT sealed_address FROM notice_copy") == [(None,)]


def test_FC21_C9_a_guessed_link_is_nobodys(kit, owner):
    owner.post(PATH, BODY)
    for guess in ("x" * 43, str(new_id()), token(kit)[:-1]):
        answer = owner.as_(None).post(ANSWERS, {"token": guess, "wanted": True}, key=None)
        assert (answer.status_code, answer.json["code"]) == (404, "notice-copy-link-unknown")


def test_FC21_the_whole_address_and_the_secret_are_in_no_answer_and_no_column(kit, owner, caplog):
    answers = [owner.post(PATH, BODY), owner.get(PATH)]
    secret = token(kit)
    tables = ("notice_copy", "notification")
    dump = "".join(str(kit.rows(f"SELECT t::text FROM {table} t")) for table in tables)  # noqa: S608 - our own names
    for hidden in (BODY["email"], "ekonomi", secret):
        assert all(hidden not in answer.text for answer in answers)
        assert hidden not in caplog.text
        assert hidden not in dump
    assert kit.rows("SELECT count(*) FROM notice_copy WHERE created_at > now() - :day", day=timedelta(days=1)) == [(1,)]
