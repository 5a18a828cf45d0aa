from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from chassis.testing import principal
from notify.app import create_app
from notify.domain import report_mac

LIST, PREFERENCES = "/v1/notifications", "/v1/preferences"
KEY = "k" * 32


@pytest.fixture
def me(client):
    return client.as_(principal())


def told(kit, person_id, count=1):
    account = new_id()
    kit.contact(person_id)
    kit.granted(account, person_id)
    for _ in range(count):
        kit.invoice(account)
    return account


def test_FI14_my_notices_are_listed_newest_first_with_a_title_and_a_link(client, kit, me):
    account = told(kit, me.who.person_id)
    kit.registered(me.who.person_id)
    answer = me.get(LIST)
    assert answer.status_code == 200
    assert answer.json["total"] == 2
    newest, oldest = answer.json["items"]
    assert newest["title"] == "Välkommen till Mina sidor"
    assert newest["link"] == "/"
    assert newest["account_id"] is None
    assert oldest["title"] == "Ny faktura på Mina sidor"
    assert oldest["link"].endswith(f"?konto={account}")
    assert oldest["subject"] == "invoices"
    assert oldest["read_at"] is None


def test_D27_the_list_is_in_the_language_of_the_request(kit, me):
    told(kit, me.who.person_id)
    assert me.as_(me.who, locale="en").get(LIST).json["items"][0]["title"] == "New invoice on Mina sidor"


def test_the_list_has_pages_and_says_how_many_there_are(kit, me):
    told(kit, me.who.person_id, count=3)
    first, second, third = (me.get(f"{LIST}?limit=2&page={page}").json for page in (1, 2, 3))
    assert [len(page["items"]) for page in (first, second, third)] == [2, 1, 0]
    assert first["total"] == second["total"] == third["total"] == 3


def test_a_notice_is_marked_read_and_unread_and_twice_is_once(kit, me):
    told(kit, me.who.person_id, count=2)
    notice = me.get(LIST).json["items"][0]
    mark = f"{LIST}/{notice['id']}/read-mark"
    assert me.put(mark).status_code == 204
    first = me.get(f"{LIST}?unread=false").json["items"]
    assert me.put(mark).status_code == 204
    assert me.get(f"{LIST}?unread=false").json["items"] == first
    assert me.get(f"{LIST}?unread=true").json["total"] == 1
    assert me.delete(mark).status_code == 204
    assert me.get(f"{LIST}?unread=true").json["total"] == 2


def test_all_are_marked_up_to_what_has_been_seen(kit, me):
    told(kit, me.who.person_id)
    seen = me.get(LIST).json["items"][0]["created_at"]
    kit.registered(me.who.person_id)
    assert me.put(f"{LIST}/read-mark", {"until": seen}).status_code == 204
    unread = me.get(f"{LIST}?unread=true").json["items"]
    assert [notice["title"] for notice in unread] == ["Välkommen till Mina sidor"]
    later = (utcnow() + timedelta(minutes=1)).isoformat()
    assert me.put(f"{LIST}/read-mark", {"until": later}).status_code == 204
    assert me.get(f"{LIST}?unread=true").json["total"] == 0


def test_somebody_elses_notice_answers_exactly_as_one_that_does_not_exist(client, kit, me):
    told(kit, me.who.person_id)
    notice = me.get(LIST).json["items"][0]["id"]
    stranger = client.as_(principal(account_id=me.who.account_id))
    assert stranger.get(LIST).json["total"] == 0
    foreign, unknown = (stranger.put(f"{LIST}/{id_}/read-mark") for id_ in (notice, new_id()))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}
    assert foreign.json["code"] == "notification-not-found"
    assert me.get(f"{LIST}?unread=true").json["total"] == 1


def test_without_login_nothing_is_shown(client):
    for path in (LIST, PREFERENCES):
        assert client.get(path).status_code == 401
    assert client.put(PREFERENCES, {"items": []}).status_code == 401


def test_D26_channels_are_chosen_per_subject_and_the_others_stay(me):
    before = {item["subject"]: item for item in me.get(PREFERENCES).json["items"]}
    assert before["access"]["mandatory"] is True
    answer = me.put(PREFERENCES, {"items": [{"subject": "invoices", "email": False, "sms": True}]})
    assert answer.status_code == 200
    after = {item["subject"]: item for item in me.get(PREFERENCES).json["items"]}
    assert answer.json["items"] == list(after.values())
    assert (after["invoices"]["email"], after["invoices"]["sms"]) == (False, True)
    assert {k: v for k, v in after.items() if k != "invoices"} == {k: v for k, v in before.items() if k != "invoices"}


def test_D26_what_protects_the_person_cannot_be_switched_off_and_nothing_of_the_request_is_kept(me):
    wishes = [{"subject": "invoices", "email": False, "sms": False}, {"subject": "access", "email": False, "sms": True}]
    answer = me.put(PREFERENCES, {"items": wishes})
    assert answer.status_code == 422
    assert answer.json["code"] == "preference-mandatory"
    assert "alltid" in answer.json["detail"]
    items = {item["subject"]: item for item in me.get(PREFERENCES).json["items"]}
    assert items["invoices"]["email"] is True
    wishes[1]["email"] = True
    assert me.put(PREFERENCES, {"items": wishes}).status_code == 200


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"subject": "weather", "email": True, "sms": True}],
        [{"subject": "invoices", "email": "yes", "sms": True}],
        [{"subject": "invoices", "email": True}],
        [{"subject": "invoices", "email": True, "sms": True, "letter": True}],
        [{"subject": "invoices", "email": True, "sms": True}] * 2,
        "invoices",
    ],
)
def test_a_choice_that_means_nothing_is_refused(me, items):
    before = me.get(PREFERENCES).json
    assert me.put(PREFERENCES, {"items": items}).status_code == 422
    assert me.get(PREFERENCES).json == before


def test_B_04_a_bounced_address_is_shown_until_it_is_changed(kit, box, me):
    box.faults.reject("anna@exempel.se")
    kit.contact(me.who.person_id)
    kit.registered(me.who.person_id)
    kit.send_all()
    email, sms = me.get(PREFERENCES).json["channels"]
    assert email["has_address"] is True
    assert email["bounced_at"].endswith("Z")
    assert sms == {"channel": "sms", "has_address": False, "bounced_at": None}
    kit.contact(me.who.person_id, email="ny@exempel.se")
    assert me.get(PREFERENCES).json["channels"][0]["bounced_at"] is None


# Delivery reports of the SMS provider


@pytest.fixture
def sms(kit, box):
    kit.registered(kit.contact(email=None, phone="+46701740605"))
    kit.sender("sms").step()
    (row,) = kit.rows("SELECT id, provider_id FROM delivery WHERE channel = 'sms'")
    return row


def post_report(client, delivery_id, form, mac=None, **options):
    path = f"/v1/sms-reports/{delivery_id}/{mac or report_mac(KEY, delivery_id)}"
    return client.request("POST", path, key=None, data=form, **options)


def test_6_6_the_provider_reports_a_delivery_without_login(client, kit, sms):
    form = {"id": sms.provider_id, "status": "delivered", "delivered": "2026-11-22T10:00:00"}
    assert post_report(client, sms.id, form).status_code == 204
    assert post_report(client, sms.id, form).status_code == 204
    assert kit.states()["sms"] == ("delivered", "")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"mac": "0" * 64}, 404),
        ({"mac": "å"}, 404),
        ({"id": "another"}, 404),
        ({"status": "lost"}, 400),
        ({"id": ""}, 400),
        ({"id": "x" * 101}, 400),
        ({"id": "a\x00b"}, 400),
    ],
)
def test_a_report_that_is_not_the_providers_or_makes_no_sense_changes_nothing(client, kit, sms, change, status):
    form = {"id": sms.provider_id, "status": "failed"} | change
    answer = post_report(client, sms.id, form, mac=form.pop("mac", None))
    assert answer.status_code == status
    assert kit.states()["sms"] == ("sent", "")


def test_a_report_about_nothing_is_not_found(client, kit):
    assert post_report(client, new_id(), {"id": "s1", "status": "delivered"}).status_code == 404


def test_without_a_key_no_report_is_believed(settings, database, client, sms):
    app = create_app(replace(settings, sms_webhook_key=""))
    app.extensions["chassis"].make_database = lambda _settings: database
    path = f"/v1/sms-reports/{sms.id}/{report_mac('', sms.id)}"
    assert app.test_client().post(path, data={"id": sms.provider_id, "status": "failed"}).status_code == 404


def test_6_6_a_real_report_arrives_where_the_message_said(client, kit, box):
    """The whole way round: the address that went out with the SMS is the one that takes the report."""
    kit.registered(kit.contact(email=None, phone="+46701740605"))
    kit.sender("sms", settings=replace(kit.settings, sms_webhook_url="http://127.0.0.1:9")).step()
    (message,) = box.messages(kind="sms")
    (row,) = kit.rows("SELECT id FROM delivery WHERE channel = 'sms'")
    assert post_report(client, row.id, {"id": message["id"], "status": "delivered"}).status_code == 204
    assert kit.states()["sms"] == ("delivered", "")
