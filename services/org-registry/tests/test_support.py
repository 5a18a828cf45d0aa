"""Customer service's view by consent: who may look, how long, and what the customer sees of it (B-22, FK9, FK10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis import scopes
from chassis.ids import new_id
from chassis.testing import told
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded, Actor
from contracts.org_registry import SupportViewOpenedV1
from org_registry.domain.support import SupportAccess, SupportAccessMissing, open_view, shown_name
from org_registry.usecases import memberships

ACCESSES, SEARCHES, VIEWS = "/v1/support-accesses", "/v1/staff/customer-searches", "/v1/staff/support-views"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WHY = "Kunden ringde om sin faktura"


class Desk:
    """Customer service, and what it asks for."""

    def __init__(self, world):
        self.world = world
        self.me = Principal(
            person_id=new_id(), session_id=new_id(), staff=frozenset({"customer-service"}), name="Moa Test Björk"
        )
        self.client = world.client.as_(self.me)

    def search(self, **way):
        return self.client.post(SEARCHES, {"reason": WHY} | way)

    def open(self, account_id):
        return self.client.post(VIEWS, {"account_id": str(account_id), "reason": WHY})

    def may_look(self, account_id):
        return self.world.grant(self.me.person_id, account_id).status_code == 200


@pytest.fixture
def desk(world):
    return Desk(world)


@pytest.fixture
def owner(world):
    return world.private_account("K-1")


def give(world, who, hours=24):
    answer = world.client.as_(who).post(ACCESSES, {"hours": hours})
    assert answer.status_code == 201, answer.json
    return answer.json


class TestConsent:
    def test_FK10_B_22_a_customer_gives_access_for_the_hours_chosen(self, world, owner):
        made = give(world, owner, 3)
        granted, until = (datetime.fromisoformat(made[name]) for name in ("granted_at", "until"))
        assert until - granted == timedelta(hours=3)
        assert (made["ended_at"], made["granted_by_me"], made["views"]) == (None, True, [])
        listed = world.client.as_(owner).get(ACCESSES).json
        assert listed["items"] == [made]

    @pytest.mark.parametrize("hours", [0, -1, 169, 1.5, "24", True, None])
    def test_FK10_not_for_ever_and_not_for_nothing(self, world, owner, hours):
        answer = world.client.as_(owner).post(ACCESSES, {"hours": hours})
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "hours")

    def test_FK10_the_longest_is_a_week(self, world, owner):
        made = give(world, owner, 168)
        assert datetime.fromisoformat(made["until"]) - datetime.fromisoformat(made["granted_at"]) == timedelta(days=7)

    def test_a_new_consent_replaces_the_one_that_stands(self, world, owner):
        first, second = give(world, owner, 100), give(world, owner, 1)
        newest, oldest = world.client.as_(owner).get(ACCESSES).json["items"]
        assert (newest["id"], newest["ended_at"]) == (second["id"], None)
        assert oldest["id"] == first["id"]
        assert oldest["ended_at"] is not None

    def test_two_at_once_leave_one_standing(self, world, owner):
        world.together(*[lambda: give(world, owner) for _ in range(4)])
        assert [row["n"] for row in world.rows("SELECT count(*) AS n FROM support_access WHERE ended_at IS NULL")] == [
            1
        ]

    def test_FK10_a_delegate_who_may_change_may_consent_and_one_who_only_reads_may_not(self, world, owner):
        give(world, world.let_in(owner))
        reader = world.let_in(owner, read_only=True)
        assert world.client.as_(reader).post(ACCESSES, {"hours": 1}).status_code == 403
        assert world.client.as_(reader).get(ACCESSES).json["items"][0]["granted_by_me"] is False

    def test_another_accounts_consent_is_not_there(self, world, owner):
        made = give(world, owner)
        stranger = world.client.as_(world.private_account("K-2"))
        assert stranger.get(ACCESSES).json["total"] == 0
        foreign, unknown = (stranger.delete(f"{ACCESSES}/{id_}") for id_ in (made["id"], new_id()))
        assert (foreign.status_code, foreign.json["code"]) == (404, "support-access-not-found")
        assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}


class TestView:
    def test_FK10_without_consent_customer_service_sees_nothing(self, world, owner, desk):
        refused = desk.open(owner.account_id)
        assert (refused.status_code, refused.json["code"]) == (403, "support-access-missing")
        assert desk.open(new_id()).json["code"] == "support-access-missing"
        assert not desk.may_look(owner.account_id)

    def test_FK10_consent_alone_opens_nothing_a_reason_is_needed(self, world, owner, desk):
        give(world, owner)
        assert not desk.may_look(owner.account_id)
        for reason in ("", "  ", "x", None):
            answer = desk.client.post(VIEWS, {"account_id": str(owner.account_id), "reason": reason})
            assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "reason")
        assert not desk.may_look(owner.account_id)

    def test_FK9_B_22_a_view_reads_everything_and_changes_nothing(self, world, owner, desk):
        give(world, owner)
        opened = desk.open(owner.account_id)
        assert opened.status_code == 201
        grant = world.grant(desk.me.person_id, owner.account_id).json
        assert (grant["role"], grant["read_only"], grant["services"]) == ("support", True, None)
        assert set(grant["scopes"]) == scopes.READ_ONLY
        assert grant["membership_id"] == opened.json["id"]

    def test_FK9_the_account_that_is_looked_at_has_its_name_and_says_in_what_capacity(self, world, owner, desk):
        looking = replace(
            desk.me, account_id=owner.account_id, role="support", scopes=frozenset(scopes.held(read_only=True))
        )
        shown = world.client.as_(looking)
        assert shown.get("/v1/account").status_code == 404
        access = give(world, owner)
        desk.open(owner.account_id)
        seen = shown.get("/v1/account").json
        assert (seen["id"], seen["display_name"]) == (str(owner.account_id), "Privatkonto K-1")
        assert (seen["role"], seen["read_only"], seen["services"]) == ("support", True, None)
        assert world.accounts(looking)["items"] == [], "it is nothing to choose among one's own"
        world.client.as_(owner).delete(f"{ACCESSES}/{access['id']}")
        assert shown.get("/v1/account").status_code == 404

    def test_FK9_who_may_act_is_shown_to_whom_the_owner_has_let_in_and_to_no_other_colleague(self, world, owner, desk):
        delegate = world.let_in(owner)
        reading = {"account_id": owner.account_id, "role": "support", "scopes": frozenset(scopes.held(read_only=True))}
        shown = world.client.as_(replace(desk.me, **reading))
        assert shown.get("/v1/memberships").status_code == 404
        access = give(world, owner)
        desk.open(owner.account_id)
        people = {row["person_id"] for row in shown.get("/v1/memberships").json["items"]}
        assert people == {str(owner.person_id), str(delegate.person_id)}
        colleague = replace(Desk(world).me, **reading)
        assert world.client.as_(colleague).get("/v1/memberships").status_code == 404
        world.client.as_(owner).delete(f"{ACCESSES}/{access['id']}")
        assert shown.get("/v1/memberships").status_code == 404

    def test_FK9_each_member_of_staff_opens_a_view_of_his_own(self, world, owner, desk):
        give(world, owner)
        desk.open(owner.account_id)
        assert not Desk(world).may_look(owner.account_id)
        assert not desk.may_look(world.private_account("K-2").account_id)

    def test_FK10_it_ends_with_the_request_that_ends_the_consent(self, world, owner, desk):
        made = give(world, owner)
        desk.open(owner.account_id)
        assert desk.may_look(owner.account_id)
        for _ in range(2):
            assert world.client.as_(owner).delete(f"{ACCESSES}/{made['id']}").status_code == 204
            assert not desk.may_look(owner.account_id)
        assert desk.open(owner.account_id).status_code == 403

    def test_FK10_it_ends_with_the_consents_time(self, world, owner, desk):
        give(world, owner, 1)
        desk.open(owner.account_id)
        world.change(
            "UPDATE support_access SET granted_at = granted_at - interval '1 hour', until = until - interval '1 hour'"
        )
        assert not desk.may_look(owner.account_id)
        assert desk.open(owner.account_id).status_code == 403

    def test_FK9_after_an_hour_the_reason_is_asked_for_anew(self, world, owner, desk):
        give(world, owner, 24)
        opened = desk.open(owner.account_id).json
        [row] = world.rows("SELECT until - opened_at AS lasts FROM support_view")
        assert row["lasts"] == timedelta(hours=1)
        world.change(
            "UPDATE support_view SET opened_at = opened_at - interval '1 hour', until = until - interval '1 hour'"
        )
        assert not desk.may_look(owner.account_id)
        assert desk.open(owner.account_id).json["id"] != opened["id"]
        assert desk.may_look(owner.account_id)

    def test_FK9_nobody_helps_himself(self, world, owner, desk):
        give(world, owner)
        mine = Desk(world)
        mine.me = Principal(
            person_id=owner.person_id, session_id=new_id(), staff=frozenset({"customer-service"}), name="Moa"
        )
        mine.client = world.client.as_(mine.me)
        assert mine.open(owner.account_id).json["code"] == "support-view-of-own-account"

    def test_FK10_the_customer_sees_who_looked_and_why_and_is_told_at_once(self, world, owner, desk):
        give(world, owner)
        view = desk.open(owner.account_id).json
        for locale, name in (("sv", "Moa, kundservice"), ("en", "Moa, customer service")):
            [item] = world.client.as_(owner, locale=locale).get(ACCESSES).json["items"]
            [look] = item["views"]
            assert (look["staff_name"], look["reason"]) == (name, WHY)
        [event] = world.told(SupportViewOpenedV1)
        assert (str(event.support_view_id), event.account_id) == (view["id"], owner.account_id)
        assert {"reason", "staff_name"}.isdisjoint(event.__struct_fields__)

    def test_D23_a_protected_member_of_staff_is_customer_service_and_nothing_more(self, world, owner, desk):
        give(world, owner)
        desk.client = world.client.as_(replace(desk.me, name="Skyddad identitet"))
        desk.open(owner.account_id)
        [item] = world.client.as_(owner).get(ACCESSES).json["items"]
        assert item["views"][0]["staff_name"] == "Kundservice"

    def test_FK9_who_is_no_customer_service_is_refused(self, world, owner):
        give(world, owner)
        for who in (owner, world.person(), Principal(person_id=new_id(), staff=frozenset({"staff-admin"}))):
            client = world.client.as_(who)
            assert client.post(VIEWS, {"account_id": str(owner.account_id), "reason": WHY}).status_code == 403
            assert client.post(SEARCHES, {"customer_number": "K-1", "reason": WHY}).status_code == 403


class TestSearch:
    def test_FK9_a_customer_is_found_by_number_organisation_or_person_and_nothing_more_is_told(
        self, world, owner, desk
    ):
        expected = {
            "account_id": str(owner.account_id),
            "kind": "private",
            "name": "Privatkonto K-1",
            "customer_numbers": ["K-1"],
            "support_access_until": None,
        }
        assert desk.search(customer_number="K-1").json == {"items": [expected]}
        assert desk.search(person_id=str(owner.person_id)).json == {"items": [expected]}
        until = give(world, owner)["until"]
        assert desk.search(customer_number="K-1").json["items"][0]["support_access_until"] == until

    def test_an_organisation_is_found_without_its_number_in_any_answer(self, world, desk):
        assert desk.search(organisation_number="552000-0018").json == {"items": []}
        assert desk.search(organisation_number="552000-0019").status_code == 422

    @pytest.mark.parametrize(
        "way", [{}, {"customer_number": "K-1", "person_id": str(new_id())}, {"customer_number": "%"}, {"name": "Karin"}]
    )
    def test_one_way_to_search_and_a_proper_one(self, desk, way):
        assert desk.search(**way).status_code == 422

    def test_FK9_the_customer_sees_that_he_was_searched_for_and_why(self, world, owner, desk):
        desk.search(customer_number="K-1")
        found, asked = [act for act in told(world.database, ActivityRecorded) if act.actor is Actor.STAFF]
        assert (found.account_id, found.actor, found.reason) == (owner.account_id, Actor.STAFF, WHY)
        assert (asked.account_id, asked.person_id, asked.reason) == (None, desk.me.person_id, WHY)

    def test_FK9_a_search_that_finds_nothing_is_told_all_the_same(self, world, desk):
        desk.search(customer_number="K-404")
        assert [(act.action, act.actor) for act in told(world.database, ActivityRecorded)] == [
            ("search_customer", Actor.STAFF)
        ]

    def test_FK9_a_search_needs_a_reason(self, desk):
        assert desk.client.post(SEARCHES, {"customer_number": "K-1"}).json["errors"][0]["field"] == "reason"


class TestDomain:
    def access(self, **changes):
        base = {
            "id": new_id(),
            "account_id": new_id(),
            "granted_by": new_id(),
            "granted_at": NOW,
            "until": NOW + timedelta(hours=2),
        }
        return SupportAccess(**(base | changes))

    def view(self, access, now):
        return open_view(access, view_id=new_id(), staff_person_id=new_id(), staff_name="Moa", reason=WHY, now=now)

    @pytest.mark.parametrize(
        ("after", "lasts"), [(timedelta(0), timedelta(hours=1)), (timedelta(minutes=90), timedelta(minutes=30))]
    )
    def test_a_view_lasts_an_hour_and_never_longer_than_the_consent(self, after, lasts):
        made = self.view(self.access(), NOW + after)
        assert made.until - made.opened_at == lasts

    @pytest.mark.parametrize("after", [timedelta(hours=2), timedelta(days=9)])
    def test_FK10_at_its_end_and_after_it_a_consent_opens_nothing(self, after):
        with pytest.raises(SupportAccessMissing):
            self.view(self.access(), NOW + after)

    def test_an_end_is_never_after_the_time_that_was_chosen(self):
        access = self.access()
        access.end(NOW + timedelta(days=1), new_id())
        assert access.ended_at == access.until

    @pytest.mark.parametrize(
        ("name", "shown"), [("Moa Test Björk", "Moa, kundservice"), ("", "Kundservice"), (None, "Kundservice")]
    )
    def test_D23_a_member_of_staff_is_shown_by_first_name_alone(self, name, shown):
        assert shown_name(name) == shown


class TestWhatNobodyDid:
    """Grants and their ends stand in the log too where they follow from an event or from time (FC19)."""

    def acts(self, world):
        return [
            (act.action, act.actor, act.account_id, act.about_person_id)
            for act in told(world.database, ActivityRecorded)
        ]

    def test_FC19_a_grant_and_its_end_by_time_are_the_systems(self, world, owner):
        before = len(self.acts(world))
        delegate = world.let_in(owner)
        world.change("UPDATE membership SET ends_on = now()::date - 2 WHERE id = :id", id=delegate.membership_id)
        with world.database.transaction() as tx:
            memberships.expire_memberships(tx)
        assert self.acts(world)[before:] == [
            ("grant_membership", Actor.SYSTEM, owner.account_id, delegate.person_id),
            ("end_membership", Actor.SYSTEM, owner.account_id, delegate.person_id),
        ]

    def test_FC19_an_end_that_somebody_asked_for_is_told_once_with_whom_it_concerned(self, world, owner):
        delegate = world.let_in(owner)
        before = len(self.acts(world))
        world.remove(owner, delegate)
        assert self.acts(world)[before:] == [("remove_membership", Actor.PERSON, owner.account_id, delegate.person_id)]
