"""Powers of attorney through the API: the administrator's side, the review, and what comes of it (T34-T40, D13)."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from chassis import sealing
from chassis.ids import new_id
from chassis.testing import NOTIFY_KEY, wait_for
from contracts.org_registry import (
    AccountOpenedV1,
    MembershipGrantedV1,
    MembershipRemovedV1,
    PowerOfAttorneyDecidedV1,
    PowerOfAttorneySubmittedV1,
)
from org_registry import app as composition
from org_registry.domain.access import local_date
from org_registry.domain.powers import CHECKLIST
from org_registry.usecases import memberships, powers_upkeep
from org_registry.usecases import powers as own
from sim_bolagsverket import companies as data

NUMBER = data.ASSOCIATION_NOT_IN_REGISTER
MINE, STAFF = "/v1/powers-of-attorney", "/v1/staff/powers-of-attorney"
TICKED = dict.fromkeys(CHECKLIST, True)
EMAIL = "karin.kassor@exempel.se"


def test_T34_D13_the_logged_in_person_is_the_administrator_of_a_draft(powers):
    person = powers.person("Karin Kassör")
    answer = powers.create(person)
    assert answer.status_code == 201
    assert answer.json | {"id": 0, "created_at": 0, "history": 0} == {
        "id": 0,
        "status": "draft",
        "organisation_name": "Sjöstadens IF",
        "organisation_number": NUMBER,
        "administrator_name": "Karin Kassör",
        "email": EMAIL,
        "document": None,
        "created_at": 0,
        "submitted_at": None,
        "decided_at": None,
        "ended_at": None,
        "reason": None,
        "message": None,
        "ends_on": None,
        "account_id": None,
        "history": 0,
    }
    assert [step["status"] for step in answer.json["history"]] == ["draft"]


def test_D23_neither_number_nor_name_nor_address_stands_in_a_table(powers, world):
    powers.submitted(powers.person("Karin Kassör"))
    dump = repr(world.rows("SELECT to_jsonb(p) AS row FROM power_of_attorney p"))
    dump += repr(world.rows("SELECT to_jsonb(s) AS row FROM power_step s"))
    for secret in (NUMBER, "Kassör", "Kass\\u00f6r", EMAIL, EMAIL.encode().hex()):
        assert secret not in dump
    told = repr(world.rows("SELECT body FROM outbox"))
    assert NUMBER not in told
    assert EMAIL not in told


@pytest.mark.parametrize(
    "number", ["802000-0008", "80200000", "abc", "", "8020000007x", "199913072391", "0" * 10], ids=repr
)
def test_D13_a_number_with_a_wrong_check_digit_is_refused_by_its_field(powers, number):
    answer = powers.create(powers.person(), organisation_number=number)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "organisation_number")


def test_D23_a_sole_traders_number_is_taken_and_sealed_like_any_personal_number(powers, world):
    answer = powers.create(powers.person(), organisation_number="19990807-2391")
    assert answer.json["organisation_number"] == "9908072391"
    assert "9908072391" not in repr(world.rows("SELECT to_jsonb(p) AS row FROM power_of_attorney p"))


@pytest.mark.parametrize("email", ["x", "a@b", "a@b.se\r\nBcc: x@y.se", "Karin <k@exempel.se>", ""], ids=repr)
def test_C28_an_address_that_is_not_one_recipient_is_refused(powers, email):
    answer = powers.create(powers.person(), email=email)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "email")


class TestOwn:
    def test_D13_a_person_sees_only_the_own_ones(self, powers):
        mine, other = powers.person(), powers.person()
        power = powers.submitted(mine)
        assert [row["id"] for row in powers.as_(mine).get(MINE).json["items"]] == [power]
        assert powers.as_(other).get(MINE).json["items"] == []

    @pytest.mark.parametrize("what", ["get", "document", "submissions", "withdraw"])
    def test_C1_somebody_elses_is_answered_as_one_that_does_not_exist(self, powers, what):
        power, stranger = powers.submitted(powers.person()), powers.person()
        theirs, nobodys = powers.do(stranger, power, what), powers.do(stranger, str(new_id()), what)
        assert (theirs.status_code, theirs.json["code"]) == (404, "power-of-attorney-not-found")
        assert {**theirs.json, "instance": ""} == {**nobodys.json, "instance": ""}

    def test_D13_nothing_is_sent_in_without_a_document(self, powers):
        person = powers.person()
        power = powers.create(person).json["id"]
        answer = powers.do(person, power, "submissions")
        assert (answer.status_code, answer.json["code"]) == (409, "power-of-attorney-document-missing")

    def test_D13_sending_it_in_twice_with_the_same_key_is_once(self, powers, world):
        person = powers.person()
        power = powers.create(person).json["id"]
        powers.do(person, power, "document")
        key = str(new_id())
        answers = [powers.as_(person).post(f"{MINE}/{power}/submissions", key=key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        [told] = world.told(PowerOfAttorneySubmittedV1)
        assert (str(told.power_of_attorney_id), told.channel, told.completed) == (power, "digital", False)
        again = powers.do(person, power, "submissions")
        assert (again.status_code, again.json["code"]) == (409, "power-of-attorney-state")

    def test_D13_what_is_sent_in_is_not_exchanged(self, powers):
        person = powers.person()
        power = powers.submitted(person)
        assert powers.do(person, power, "document").json["code"] == "power-of-attorney-state"

    def test_D13_a_draft_keeps_one_document_and_forgets_the_others(self, powers, world):
        person = powers.person()
        power = powers.create(person).json["id"]
        powers.do(person, power, "document")
        answer = powers.do(person, power, "document")
        assert answer.json["document"]["media_type"] == "application/pdf"
        assert len(world.rows("SELECT id FROM power_document")) == 1

    def test_D13_withdrawing_deletes_the_document(self, powers, world):
        person = powers.person()
        power = powers.submitted(person)
        assert powers.do(person, power, "withdraw").status_code == 204
        shown = powers.as_(person).get(f"{MINE}/{power}").json
        assert [step["status"] for step in shown["history"]][-1] == "withdrawn"
        assert world.rows("SELECT content FROM power_document") == [{"content": None}]
        assert powers.do(person, power, "withdraw").json["code"] == "power-of-attorney-state"

    def test_D13_the_sixth_open_one_is_refused_also_when_all_come_at_once(self, powers, world):
        person = powers.person()
        answers = world.together(*[lambda: powers.create(person)] * 8)
        assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 3
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert (refused.json["code"], "5" in refused.json["detail"]) == ("power-of-attorney-too-many", True)
        withdrawn = powers.as_(person).get(MINE).json["items"][0]["id"]
        powers.do(person, withdrawn, "withdraw")
        assert powers.create(person).status_code == 201

    def test_D13_the_sixth_waits_for_the_fifth_that_is_under_way(self, powers, world, database, settings):
        person = powers.person()
        for _ in range(4):
            powers.create(person)
        fifth = own.CreatePower(organisation_number=NUMBER, organisation_name="Sjöstadens IF", email=EMAIL)
        waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        with ThreadPoolExecutor(1) as pool:
            with database.transaction(principal=person) as tx:
                own.create_power(tx, fifth, composition.make_power_vault(settings))
                sixth = pool.submit(powers.create, person)
                wait_for(lambda: sixth.done() or world.rows(waits))
            assert sixth.result().json["code"] == "power-of-attorney-too-many"


class TestQueue:
    def test_FB9_drafts_are_not_in_the_queue_and_the_oldest_comes_first(self, powers):
        powers.create(powers.person())
        first, second = powers.submitted(powers.person()), powers.submitted(powers.person())
        listed = powers.as_(powers.staff()).get(STAFF).json
        assert ([row["id"] for row in listed["items"]], listed["total"]) == ([first, second], 2)

    def test_FB9_a_draft_is_not_found_by_customer_service(self, powers):
        draft = powers.create(powers.person()).json["id"]
        answer = powers.as_(powers.staff()).get(f"{STAFF}/{draft}")
        assert (answer.status_code, answer.json["code"]) == (404, "power-of-attorney-not-found")

    def test_FB9_the_queue_is_narrowed_by_status_and_paged(self, powers):
        staff = powers.staff()
        waiting = [powers.submitted(powers.person()) for _ in range(3)]
        powers.review(staff, waiting[1])
        asked = powers.as_(staff)
        assert [row["id"] for row in asked.get(f"{STAFF}?status=under-review").json["items"]] == [waiting[1]]
        both = asked.get(f"{STAFF}?status=under-review&status=submitted&limit=2&page=2").json
        assert ([row["id"] for row in both["items"]], both["total"]) == ([waiting[2]], 3)
        assert asked.get(f"{STAFF}?status=draft").status_code == 422

    @pytest.mark.parametrize("who", ["nobody", "a person", "another role"])
    def test_C3_the_queue_is_customer_services(self, powers, who):
        power = powers.submitted(powers.person())
        person = {
            "nobody": None,
            "a person": powers.person(),
            "another role": dataclasses.replace(powers.person(), staff=frozenset({"staff-admin"})),
        }[who]
        for method, path in (
            ("GET", STAFF),
            ("GET", f"{STAFF}/{power}/document"),
            ("POST", f"{STAFF}/{power}/reviews"),
        ):
            answer = powers.as_(person).request(method, path, json={} if method == "POST" else None)
            assert answer.status_code == (401 if person is None else 403)

    def test_D13_a_paper_comes_into_the_same_queue_and_the_named_person_sees_it(self, powers, world):
        staff, named = powers.staff(), powers.person()
        power = powers.register(staff, named)
        assert power.status_code == 201
        row = power.json
        assert (row["status"], row["channel"], row["registered_by"]) == ("submitted", "paper", str(staff.person_id))
        [told] = world.told(PowerOfAttorneySubmittedV1)
        assert (told.person_id, told.channel) == (named.person_id, "paper")
        [mine] = powers.as_(named).get(MINE).json["items"]
        assert (mine["id"], mine["administrator_name"]) == (row["id"], "Karin på Papper")
        powers.add_paper(staff, row["id"])
        powers.review(staff, row["id"])
        assert powers.approve(staff, row["id"]).json["status"] == "approved"

    def test_D13_a_persons_own_document_is_not_exchanged_by_customer_service(self, powers):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        assert powers.add_paper(staff, power).json["code"] == "power-of-attorney-state"

    def test_D13_what_is_missing_may_also_come_by_post(self, powers):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        powers.ask(staff, power)
        answer = powers.add_paper(staff, power)
        assert (answer.status_code, answer.json["status"], answer.json["message"]) == (200, "submitted", None)


class TestReview:
    def test_T40_D13_approval_opens_the_account_and_mails_the_administrator(self, powers, world):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        powers.review(staff, power)
        answer = powers.approve(staff, power)
        assert (answer.status_code, answer.json["status"]) == (200, "approved")
        [opened] = world.told(AccountOpenedV1)
        assert (opened.kind, opened.display_name) == ("company", "Sjöstadens IF")
        assert str(opened.power_of_attorney_id) == power
        [granted] = world.told(MembershipGrantedV1)
        assert (granted.person_id, granted.role, str(granted.power_of_attorney_id)) == (
            person.person_id,
            "signatory",
            power,
        )
        [told] = world.told(PowerOfAttorneyDecidedV1)
        assert (told.outcome, told.account_id, told.locale) == ("approved", opened.account_id, "sv")
        unsealer = sealing.Unsealer(json.dumps({"keys": [NOTIFY_KEY]}))
        assert unsealer.unseal(told.sealed_recipient) == {"email": EMAIL}
        [account] = world.accounts(person)["items"]
        assert (account["id"], account["role"]) == (answer.json["account_id"], "signatory")

    def test_T40_the_mail_is_in_the_language_in_which_the_person_began(self, powers, world):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person, locale="en")
        powers.review(staff, power)
        powers.reject(staff, power)
        [told] = world.told(PowerOfAttorneyDecidedV1)
        assert told.locale == "en"

    @pytest.mark.parametrize("missing", CHECKLIST)
    def test_FK8_every_line_of_the_checklist_must_be_ticked(self, powers, world, missing):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        answer = powers.approve(staff, power, checklist=TICKED | {missing: False})
        assert (answer.status_code, answer.json["code"]) == (422, "power-of-attorney-checklist-incomplete")
        left = {line: True for line in CHECKLIST if line != missing}
        assert powers.approve(staff, power, checklist=left).status_code == 422
        assert not world.rows("SELECT id FROM account")

    def test_FK8_what_was_checked_and_who_decided_is_kept(self, powers):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        row = powers.approve(staff, power).json
        assert sorted(row["checked"]) == sorted(CHECKLIST)
        did = [(step["action"], step["status"], step["as_staff"]) for step in row["history"]]
        assert did == [
            ("created", "draft", False),
            ("document-added", "draft", False),
            ("submitted", "submitted", False),
            ("taken", "under-review", True),
            ("approved", "approved", True),
        ]
        assert {step["actor_id"] for step in row["history"][3:]} == {str(staff.person_id)}

    def test_FK8_a_rejection_has_a_reason_that_the_person_reads(self, powers, world):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        powers.review(staff, power)
        assert powers.reject(staff, power, reason=" ").status_code == 422
        assert powers.reject(staff, power).json["status"] == "rejected"
        shown = powers.as_(person).get(f"{MINE}/{power}").json
        assert (shown["status"], shown["reason"]) == ("rejected", "Underskrift saknas.")
        assert [step.keys() for step in shown["history"]] == [{"at", "status"}] * 5
        [told] = world.told(PowerOfAttorneyDecidedV1)
        assert (told.outcome, told.account_id) == ("rejected", None)
        assert not world.rows("SELECT id FROM account")

    def test_D13_completion_needs_a_new_document_and_comes_back_into_the_queue(self, powers, world):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        powers.review(staff, power)
        assert powers.ask(staff, power).json["status"] == "needs-completion"
        shown = powers.as_(person).get(f"{MINE}/{power}").json
        assert shown["message"] == "Bifoga protokollet."
        assert powers.do(person, power, "submissions").json["code"] == "power-of-attorney-document-missing"
        powers.do(person, power, "document")
        again = powers.do(person, power, "submissions").json
        assert (again["status"], again["message"]) == ("submitted", None)
        assert [told.completed for told in world.told(PowerOfAttorneySubmittedV1)] == [False, True]
        assert len(world.rows("SELECT id FROM power_document WHERE content IS NOT NULL")) == 2, "what was sent in stays"
        powers.review(staff, power)
        assert powers.approve(staff, power).json["status"] == "approved"
        assert [told.outcome for told in world.told(PowerOfAttorneyDecidedV1)] == ["needs-completion", "approved"]

    def test_D13_nobody_reviews_his_own(self, powers):
        staff = powers.staff()
        power = powers.submitted(staff)
        answer = powers.review(staff, power)
        assert (answer.status_code, answer.json["code"]) == (403, "power-of-attorney-own")
        colleague = powers.staff()
        powers.review(colleague, power)
        for decide in (powers.approve, powers.reject, powers.ask):
            assert decide(staff, power).json["code"] == "power-of-attorney-own"
        powers.approve(colleague, power)
        assert powers.revoke(staff, power).json["code"] == "power-of-attorney-own"

    def test_FK8_only_who_has_taken_it_decides_and_a_colleague_may_take_it_over(self, powers):
        first, second = powers.staff(), powers.staff()
        power = powers.submitted(powers.person())
        assert powers.approve(first, power).json["code"] == "power-of-attorney-state"
        powers.review(first, power)
        answer = powers.approve(second, power)
        assert (answer.status_code, answer.json["code"]) == (409, "power-of-attorney-taken")
        assert powers.review(second, power).json["reviewer_id"] == str(second.person_id)
        assert powers.reject(first, power).json["code"] == "power-of-attorney-taken"
        assert powers.reject(second, power).json["status"] == "rejected"

    def test_FK8_of_two_decisions_at_once_one_holds(self, powers, world):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        answers = world.together(
            *[lambda: powers.approve(staff, power)] * 2, *[lambda: powers.reject(staff, power)] * 2
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert len(world.told(PowerOfAttorneyDecidedV1)) == 1

    def test_D9_approval_uses_the_account_that_is_there_and_its_signatory_stays(self, powers, world):
        staff, signatory, person = powers.staff(), world.person(), powers.person()
        account = world.link(signatory, data.TOLVAN.number, data.ALONE).json["account_id"]
        power = powers.submitted(person, organisation_number=data.ALONE)
        powers.review(staff, power)
        assert powers.approve(staff, power).json["account_id"] == account
        assert len(world.told(AccountOpenedV1)) == 1
        names = {item["display_name"] for item in world.accounts(person)["items"]}
        assert names == {"Granbackens Energi AB"}, "the name is the register's"
        assert [item["role"] for item in world.accounts(signatory)["items"]] == ["signatory"]

    def test_D9_who_is_signatory_by_the_register_needs_no_power_and_loses_nothing_by_its_end(self, powers, world):
        staff, person = powers.staff(), powers.person()
        account = world.link(person, data.TOLVAN.number, data.ALONE).json["account_id"]
        power = powers.submitted(person, organisation_number=data.ALONE)
        powers.review(staff, power)
        powers.approve(staff, power, ends_on=local_date(powers.now()).isoformat())
        powers.revoke(staff, power)
        assert world.grant(person.person_id, UUID(account)).status_code == 200
        assert world.told(MembershipRemovedV1) == []

    def test_D9_a_delegate_becomes_the_administrator(self, powers, world):
        staff, signatory = powers.staff(), world.person()
        account = UUID(world.link(signatory, data.TOLVAN.number, data.ALONE).json["account_id"])
        delegate = world.let_in(world.acting(signatory.person_id, account), read_only=True)
        power = powers.submitted(powers.named(delegate.person_id), organisation_number=data.ALONE)
        powers.review(staff, power)
        powers.approve(staff, power)
        grant = world.grant(delegate.person_id, account).json
        assert (grant["role"], grant["read_only"], grant["membership_id"]) == (
            "signatory",
            False,
            str(delegate.membership_id),
        )


class TestEnd:
    def approved(self, powers, ends_on=None):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person)
        powers.review(staff, power)
        row = powers.approve(staff, power, ends_on=ends_on).json
        return staff, person, power, UUID(row["account_id"])

    def test_B_05_the_last_day_is_the_memberships_and_the_power_expires_after_it(self, powers, world, database):
        today = local_date(powers.now())
        _, person, power, account = self.approved(powers, today.isoformat())
        with database.transaction() as tx:
            assert powers_upkeep.expire_powers(tx) == 0
        assert world.grant(person.person_id, account).status_code == 200
        yesterday = today - timedelta(days=1)
        world.change("UPDATE power_of_attorney SET ends_on = :day", day=yesterday)
        world.change("UPDATE membership SET ends_on = :day", day=yesterday)
        assert world.grant(person.person_id, account).status_code == 404, "the database's clock decides, not the job"
        with database.transaction() as tx:
            assert powers_upkeep.expire_powers(tx) == 1
            assert memberships.expire_memberships(tx) == 1
        shown = powers.as_(person).get(f"{MINE}/{power}").json
        assert (shown["status"], shown["ended_at"] is not None) == ("expired", True)
        [removed] = world.told(MembershipRemovedV1)
        assert (removed.person_id, removed.reason) == (person.person_id, "expired")

    def test_B_05_a_last_day_that_has_passed_is_refused(self, powers):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        day = local_date(powers.now()) - timedelta(days=1)
        answer = powers.approve(staff, power, ends_on=day.isoformat())
        assert (answer.status_code, answer.json["code"]) == (422, "grant-ended")

    def test_B_05_revocation_ends_the_access_in_the_same_instant(self, powers, world):
        staff, person, power, account = self.approved(powers)
        assert powers.revoke(staff, power).json["status"] == "revoked"
        assert world.grant(person.person_id, account).status_code == 404
        [removed] = world.told(MembershipRemovedV1)
        assert (removed.person_id, removed.removed_by, removed.reason) == (person.person_id, staff.person_id, "removed")
        assert powers.revoke(staff, power).json["code"] == "power-of-attorney-state"

    def test_D9_who_becomes_signatory_by_the_register_keeps_the_access_when_the_power_ends(self, powers, world):
        staff, person = powers.staff(), powers.person()
        power = powers.submitted(person, organisation_number=data.ALONE)
        powers.review(staff, power)
        account = UUID(powers.approve(staff, power, ends_on=local_date(powers.now()).isoformat()).json["account_id"])
        assert world.link(person, data.TOLVAN.number, data.ALONE).status_code == 201
        powers.revoke(staff, power)
        assert world.grant(person.person_id, account).status_code == 200

    def test_B_05_a_new_power_takes_the_place_of_an_older_one(self, powers, world):
        staff, person, older, account = self.approved(powers, local_date(powers.now()).isoformat())
        newer = powers.submitted(person)
        powers.review(staff, newer)
        powers.approve(staff, newer)
        powers.revoke(staff, older)
        assert world.grant(person.person_id, account).status_code == 200
        powers.revoke(staff, newer)
        assert world.grant(person.person_id, account).status_code == 404


class TestUpkeep:
    def test_D18_a_draft_of_ninety_days_is_withdrawn_and_its_document_deleted(self, powers, world, database):
        old, young = powers.person(), powers.person()
        kept = {who.person_id: powers.create(who).json["id"] for who in (old, young)}
        powers.do(old, kept[old.person_id], "document")
        world.change(
            "UPDATE power_of_attorney SET changed_at = now() - interval '90 days 1 second' WHERE id = :id",
            id=kept[old.person_id],
        )
        with database.transaction() as tx:
            powers_upkeep.forget_powers(tx)
        states = {who.person_id: powers.as_(who).get(MINE).json["items"][0]["status"] for who in (old, young)}
        assert states == {old.person_id: "withdrawn", young.person_id: "draft"}
        assert world.rows("SELECT content FROM power_document") == [{"content": None}]

    @pytest.mark.parametrize(("days", "kept"), [(179, True), (181, False)])
    def test_D13_a_rejected_ones_document_is_kept_for_180_days(self, powers, world, database, days, kept):
        staff = powers.staff()
        power = powers.submitted(powers.person())
        powers.review(staff, power)
        powers.reject(staff, power)
        world.change("UPDATE power_of_attorney SET decided_at = now() - make_interval(days => :days)", days=days)
        with database.transaction() as tx:
            powers_upkeep.forget_powers(tx)
        [row] = world.rows("SELECT content IS NOT NULL AS kept FROM power_document")
        assert row["kept"] is kept


def test_T34_without_a_key_of_its_own_the_service_does_not_start(settings):
    for key in ("", "x", "QUJD"):
        with pytest.raises(composition.SettingsError, match="document_key"):
            composition.make_power_vault(dataclasses.replace(settings, document_key=key))
