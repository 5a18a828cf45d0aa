import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from activity.usecases.privacy import erase_person
from chassis.ids import new_id
from chassis.privacy import Subject
from chassis.sealing import Unsealer, generate_key
from chassis.testing import principal
from contracts.activities import Actor

MINE, ACCOUNT = "/v1/activities", "/v1/account-activities"


def kinds(answer):
    return [(item["actor"]["kind"], item["text"]) for item in answer.json["items"]]


def test_FJ6_a_person_sees_what_he_did_over_all_accounts_and_what_was_done_to_him(client, act):
    me = principal()
    act(person_id=me.person_id, account_id=new_id())
    act("identity", person_id=me.person_id, text=("Bytte språk", "Changed language"))
    act(
        "identity",
        actor=Actor.STAFF,
        person_id=new_id(),
        about_person_id=me.person_id,
        reason="Ringde om sin faktura",
        text=("Sökte fram personen", "Looked the person up"),
    )
    act(person_id=new_id(), account_id=new_id())
    answer = client.as_(me).get(MINE)
    assert kinds(answer) == [
        ("support", "Sökte fram personen"),
        ("me", "Bytte språk"),
        ("me", "Skickade in en mätarställning"),
    ]
    assert answer.json["items"][0]["reason"] == "Ringde om sin faktura"
    assert answer.json["items"][0]["actor"]["name"] == "Kundservice"


def test_FC19_an_owner_sees_everybodys_acts_and_a_delegate_only_his_own(client, act):
    owner = principal()
    delegate = principal(account_id=owner.account_id, role="delegate")
    act(person_id=delegate.person_id, account_id=owner.account_id)
    act(person_id=owner.person_id, account_id=owner.account_id, text=("Skickade en inbjudan", "Sent an invitation"))
    act(actor=Actor.SYSTEM, account_id=owner.account_id, text=("Inbjudan gick ut", "The invitation expired"))
    assert kinds(client.as_(owner).get(ACCOUNT)) == [
        ("system", "Inbjudan gick ut"),
        ("me", "Skickade en inbjudan"),
        ("member", "Skickade in en mätarställning"),
    ]
    assert kinds(client.as_(delegate).get(ACCOUNT)) == [("me", "Skickade in en mätarställning")]
    signatory = principal(account_id=owner.account_id, role="signatory")
    assert client.as_(signatory).get(ACCOUNT).json["total"] == 3


def test_FC19_another_accounts_acts_are_not_there(client, act):
    me = principal()
    act(person_id=new_id(), account_id=new_id())
    assert client.as_(me).get(ACCOUNT).json == {"items": [], "page": 1, "limit": 20, "total": 0}


def test_B_22_what_customer_service_looked_at_is_there_by_its_texts_in_the_readers_language(client, act):
    owner = principal()
    act(
        "billing",
        actor=Actor.SUPPORT,
        person_id=new_id(),
        account_id=owner.account_id,
        support_view_id=new_id(),
        text=("Tittade på: Fakturor", "Looked at: Invoices"),
    )
    swedish, english = (client.as_(owner, locale=locale).get(ACCOUNT).json["items"][0] for locale in ("sv", "en"))
    assert (swedish["text"], swedish["actor"]) == ("Tittade på: Fakturor", {"kind": "support", "name": "Kundservice"})
    assert (english["text"], english["actor"]) == (
        "Looked at: Invoices",
        {"kind": "support", "name": "Customer service"},
    )


def test_pages_and_times_choose_and_the_total_is_of_all(client, act):
    me = principal()
    for _ in range(5):
        act(person_id=me.person_id)
    reader = client.as_(me)
    first, second = (reader.get(f"{MINE}?limit=2&page={page}").json for page in (1, 2))
    assert first["total"] == second["total"] == 5
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}
    assert reader.get(f"{MINE}?limit=2&page=9").json == {"items": [], "page": 9, "limit": 2, "total": 5}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert reader.get(f"{MINE}?from={tomorrow}").json["total"] == 0
    assert reader.get(f"{MINE}?to={tomorrow}").json["total"] == 5
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert reader.get(f"{MINE}?from={yesterday}&to={tomorrow}").json["total"] == 5


def test_bad_times_and_unknown_fields_name_the_field(client):
    reader = client.as_(principal(), locale="en")
    refused = reader.get(f"{MINE}?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z")
    assert refused.status_code == 422
    assert [entry["field"] for entry in refused.json["errors"]] == ["to"]
    assert reader.get(f"{MINE}?from=yesterday").status_code == 422
    assert reader.get(f"{MINE}?person_id={new_id()}").status_code == 422


def test_without_login_or_scope_it_is_refused(client):
    assert client.get(MINE).status_code == 401
    assert client.as_(principal(scopes=frozenset())).get(ACCOUNT).status_code == 403


class TestNames:
    """What people are called, as far as others may know (D23)."""

    def shown(self, client, reader):
        return [item["actor"]["name"] for item in client.as_(reader).get(ACCOUNT).json["items"]]

    def a_delegates_act(self, act):
        owner = principal()
        delegate = principal(account_id=owner.account_id, role="delegate")
        act(person_id=delegate.person_id, account_id=owner.account_id)
        return owner, delegate.person_id

    def test_FC19_the_owner_sees_what_the_delegate_is_called_as_soon_as_identity_has_told(self, client, act, named):
        owner, delegate = self.a_delegates_act(act)
        assert self.shown(client, owner) == [None]
        named(delegate, "Linnéa Test Åkerlund")
        assert self.shown(client, owner) == ["Linnéa Test Åkerlund"]

    def test_D23_a_protected_person_has_no_name_here_in_either_language(self, client, act, named):
        owner, delegate = self.a_delegates_act(act)
        named(delegate, "Linnéa Test Åkerlund", version=1)
        named(delegate, None, protected=True, version=2)
        named(delegate, "Linnéa Test Åkerlund", version=1)
        assert self.shown(client, owner) == ["Skyddad identitet"]
        english = client.as_(owner, locale="en").get(ACCOUNT).json["items"][0]["actor"]
        assert english == {"kind": "member", "name": "Protected identity"}

    def test_D23_the_database_holds_no_name_in_clear(self, database, named):
        named(new_id(), "Linnéa Test Åkerlund")
        with database.read() as tx:
            (stored,) = tx.session.execute(text("SELECT known_person::text FROM known_person")).scalars()
        assert "Linn" not in stored

    def test_a_name_that_was_sealed_for_somebody_else_names_nobody(self, client, act, named):
        owner, delegate = self.a_delegates_act(act)
        named(delegate, "Tolvan Tolvansson", sealed_for=new_id())
        assert self.shown(client, owner) == [None]

    def test_a_lost_key_takes_the_names_away_and_not_the_log(self, client, act, named, app):
        owner, delegate = self.a_delegates_act(act)
        named(delegate, "Linnéa Test Åkerlund")
        app.extensions["chassis"].extensions["unsealer"] = Unsealer(json.dumps({"keys": [generate_key("other")]}))
        assert self.shown(client, owner) == [None]
        app.extensions["chassis"].extensions["unsealer"] = None
        assert self.shown(client, owner) == [None]

    def test_FJ8_who_is_erased_has_no_name_left_and_the_acts_stay(self, client, act, named, database):
        owner, delegate = self.a_delegates_act(act)
        named(delegate, "Linnéa Test Åkerlund")
        with database.transaction() as tx:
            erased = erase_person(tx, Subject(request_id=new_id(), person_id=delegate, account_ids=()))
        assert (len(erased.erased), len(erased.kept)) == (1, 1)
        assert self.shown(client, owner) == [None]
