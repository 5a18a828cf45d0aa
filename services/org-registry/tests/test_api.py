"""The routes, with Bolagsverket's stand-in as a real process."""

import json
import re
from datetime import date, timedelta
from uuid import UUID

import pytest

from chassis import sealing
from chassis.ids import new_id
from chassis.testing import principal
from chassis.transaction import Principal
from contracts.org_registry import AccountLinkedV1, AccountOpenedV1, MembershipRemovedV1, RemovalReason
from sim_bolagsverket import companies as data

T28 = "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor."
T31 = "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare."
TOLVAN, GUNVOR, ERIK, ASA = (who.number for who in (data.TOLVAN, data.GUNVOR, data.ERIK, data.ASA))
SARA, EBBA, KARIN, LINNEA = (who.number for who in (data.SARA, data.EBBA, data.KARIN, data.LINNEA))


# --- accounts


def test_T20_every_account_of_the_person_can_be_chosen_and_no_other(world):
    me = new_id()
    first, second, other = (
        world.private_account("K-1", me),
        world.private_account("K-2", me),
        world.private_account("K-3"),
    )
    delegated = world.acting(world.let_in(other, read_only=True, services=("water",)).person_id, other.account_id)
    world.private_account("K-4")
    answer = world.accounts(first)
    assert (answer["status"], answer["message"]) == ("ok", None)
    assert [(item["id"], item["role"]) for item in answer["items"]] == [
        (str(first.account_id), "owner"),
        (str(second.account_id), "owner"),
    ]
    [item] = world.accounts(delegated)["items"]
    assert item == {
        "id": str(other.account_id),
        "kind": "private",
        "display_name": "Privatkonto K-3",
        "role": "delegate",
        "read_only": True,
        "services": ["water"],
        "membership_id": str(delegated.membership_id),
    }


def test_T18_without_services_the_person_is_told_so(world):
    who = world.person()
    swedish, english = world.accounts(who), world.accounts(who, locale="en")
    assert (swedish["items"], swedish["status"]) == ([], "none")
    assert swedish["message"].startswith("Du har inga aktiva tjänster hos oss.")
    assert english["message"].startswith("You have no active services with us.")


def test_T19_D14_a_customer_whose_agreement_has_not_come_is_told_something_else(world):
    who = world.person()
    world.deliver(world.identified("K-1", who.person_id))
    answer = world.accounts(who)
    assert (answer["items"], answer["status"]) == ([], "pending")
    assert answer["message"] == (
        "Vi håller på att registrera dig som kund. Dina tjänster visas här när registreringen är klar, "
        "oftast inom ett dygn."
    )
    world.deliver(world.started("K-1"))
    assert world.accounts(who)["status"] == "ok"


def test_T18_when_every_agreement_has_ended_the_account_stays_for_its_invoices(world):
    owner = world.private_account()
    yesterday = world.rows("SELECT (now() AT TIME ZONE 'Europe/Stockholm')::date - 1 AS day")[0]["day"]
    world.deliver(world.ended("K-1", yesterday + timedelta(days=1), "A-K-1"), version=2)
    assert world.accounts(owner)["status"] == "ok"
    world.deliver(world.ended("K-1", yesterday, "A-K-1"), version=3)
    answer = world.accounts(owner)
    assert (answer["status"], len(answer["items"])) == ("none", 1)


def test_the_active_account_is_that_of_the_session(world, client):
    owner = world.private_account()
    answer = client.as_(owner).get("/v1/account")
    assert (answer.json["id"], answer.json["role"]) == (str(owner.account_id), "owner")
    assert answer.json["opened_at"].endswith("Z")
    for stranger in (principal(), principal(account_id=owner.account_id), principal(person_id=owner.person_id)):
        refused = client.as_(stranger).get("/v1/account")
        assert (refused.status_code, refused.json["code"]) == (404, "account-not-found")


def test_who_is_not_logged_in_or_has_no_scope_gets_nothing(world, client):
    owner = world.private_account()
    for path in ("/v1/accounts", "/v1/account", "/v1/memberships"):
        assert client.get(path).status_code == 401
    assert client.as_(Principal(person_id=owner.person_id)).get("/v1/account").status_code == 403
    assert client.as_(Principal(service="gateway")).get("/v1/accounts").status_code == 401


def test_the_grants_question_is_the_gateways_alone(world, client):
    owner = world.private_account()
    body = {"person_id": str(owner.person_id), "account_id": str(owner.account_id)}
    for who, status in ((owner, 403), (None, 401), (Principal(service="billing"), 403)):
        assert client.as_(who).post("/v1/internal/grants", body).status_code == status
    answer = world.grant(owner.person_id, owner.account_id)
    assert set(answer.json) == {"membership_id", "account_id", "role", "scopes", "read_only", "services"}
    assert answer.json["services"] is None
    unknown, foreign = world.grant(owner.person_id, new_id()), world.grant(new_id(), owner.account_id)
    assert unknown.status_code == foreign.status_code == 404
    assert unknown.json["code"] == foreign.json["code"] == "grant-not-found"
    extra = client.as_(Principal(service="gateway")).post("/v1/internal/grants", body | {"x": 1})
    assert extra.status_code == 422


# --- memberships


def test_D1_T50_a_delegate_sees_his_own_branch_and_the_owner_everybody(world):
    owner = world.private_account()
    a, b = world.let_in(owner), world.let_in(owner)
    aa, ab = world.let_in(a), world.let_in(a, approver=owner)
    aaa = world.let_in(aa)
    people = {who.person_id for who in (owner, a, b, aa, ab, aaa)}
    assert world.members(owner) == people
    assert world.members(a) == {aa.person_id, ab.person_id, aaa.person_id}
    assert world.members(aa) == {aaa.person_id}
    assert world.members(b) == world.members(aaa) == set()


def test_D1_a_removed_link_does_not_cut_the_branch_and_D6_the_approved_stay(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    aaa = world.let_in(aa)
    assert world.remove(a, aa).status_code == 204
    assert world.members(a) == {aaa.person_id}
    assert world.grant(aaa.person_id, owner.account_id).status_code == 200
    assert world.remove(a, aaa).status_code == 204


def test_D1_who_comes_back_starts_a_branch_of_his_own(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    assert world.remove(owner, a).status_code == 204
    world.deliver(world.approved(aa, a.person_id))
    a = world.acting(a.person_id, owner.account_id)
    assert world.members(aa) == {a.person_id}
    assert world.members(a) == set()
    assert world.remove(a, aa).status_code == 404


def test_the_list_has_pages_and_strangers_see_none(world, client):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    for _ in range(3):
        world.let_in(owner)
    page = client.as_(owner).get("/v1/memberships?limit=3&page=2").json
    assert (page["total"], page["page"], len(page["items"])) == (4, 2, 1)
    assert set(page["items"][0]) == {
        "id", "person_id", "role", "read_only", "services", "ends_on", "granted_by", "invitation_id", "granted_at",
    }  # fmt: skip
    assert world.members(other) == {other.person_id}
    assert client.as_(principal(account_id=owner.account_id)).get("/v1/memberships").status_code == 404
    assert client.as_(owner).get("/v1/memberships?limit=0").status_code == 422


def test_T54_a_removal_is_effective_in_the_answer_and_recorded_with_who_and_why(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    assert world.remove(owner, delegate, {"reason": "Har flyttat"}).status_code == 204
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404
    [row] = world.rows("SELECT * FROM membership WHERE id = :id", id=delegate.membership_id)
    assert (row["removed_by"], row["removal_note"], row["removal_reason"]) == (
        owner.person_id,
        "Har flyttat",
        "removed",
    )
    [event] = world.told(MembershipRemovedV1)
    assert (event.membership_id, event.removed_by, event.reason) == (
        delegate.membership_id, owner.person_id, RemovalReason.REMOVED,
    )  # fmt: skip


def test_a_removal_twice_unknown_or_of_another_account_is_not_found(world):
    owner, other = world.private_account("K-1"), world.private_account("K-2")
    delegate, foreign = world.let_in(owner), world.let_in(other)
    assert world.remove(owner, delegate).status_code == 204
    answers = [world.remove(owner, whom) for whom in (delegate, foreign, principal())]
    assert {(answer.status_code, answer.json["code"], answer.json["detail"]) for answer in answers} == {
        (404, "membership-not-found", "Behörigheten finns inte, eller så kan du inte se den. Läs in sidan igen.")
    }
    assert world.grant(foreign.person_id, other.account_id).status_code == 200


def test_D1_a_delegate_removes_nobody_outside_his_branch(world):
    owner = world.private_account()
    a, b = world.let_in(owner), world.let_in(owner)
    bb = world.let_in(b)
    assert [world.remove(a, whom).status_code for whom in (b, bb)] == [404, 404]
    assert world.remove(b, bb).status_code == 204


def test_D2_C6_the_owner_is_not_removed_by_a_delegate_and_the_error_says_why(world, client):
    owner = world.private_account()
    delegate = world.let_in(owner)
    answer = world.remove(delegate, owner)
    assert (answer.status_code, answer.json["code"]) == (403, "membership-protected")
    assert "Kontots ägare kan inte tas bort" in answer.json["detail"]
    english = client.as_(delegate, locale="en").delete(f"/v1/memberships/{owner.membership_id}")
    assert "The owner of the account cannot be removed" in english.json["detail"]


def test_D2_nobody_removes_himself_as_the_last_holder_but_a_delegate_may_leave(world):
    owner = world.private_account()
    delegate = world.let_in(owner)
    answer = world.remove(owner, owner)
    assert (answer.status_code, answer.json["code"]) == (409, "membership-last-holder")
    assert world.remove(delegate, delegate).status_code == 204
    assert [event.reason for event in world.told(MembershipRemovedV1)] == [RemovalReason.LEFT]


def test_C6_a_read_only_member_can_list_but_not_remove(world):
    owner = world.private_account()
    reader = world.let_in(owner, read_only=True)
    assert world.members(reader) == set()
    assert world.remove(reader, reader).status_code == 403


def test_C6_a_stale_token_of_a_removed_member_removes_nobody(world):
    owner = world.private_account()
    a = world.let_in(owner)
    aa = world.let_in(a)
    assert world.remove(owner, a).status_code == 204
    assert world.remove(a, aa).status_code == 404
    assert world.grant(aa.person_id, owner.account_id).status_code == 200


def test_two_who_remove_the_same_person_at_once_are_one_winner(world):
    owner = world.private_account()
    a = world.let_in(owner)
    for _ in range(5):
        target = world.let_in(a)
        answers = world.together(
            lambda target=target: world.remove(owner, target), lambda target=target: world.remove(a, target)
        )
        assert sorted(answer.status_code for answer in answers) == [204, 404]
    assert len(world.told(MembershipRemovedV1)) == 5


def test_D2_two_signatories_who_leave_at_once_do_not_leave_the_account_empty(world):
    first, second = world.person(), world.person()
    account = UUID(world.link(first, data.MARTA.number, data.PARTNERSHIP).json["account_id"])
    world.link(second, EBBA, data.PARTNERSHIP)
    a, b = (world.acting(who.person_id, account) for who in (first, second))
    answers = world.together(lambda: world.remove(a, a), lambda: world.remove(b, b))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    assert len(world.rows("SELECT 1 FROM membership WHERE removed_at IS NULL")) == 1


def test_D1_a_signatory_may_remove_another_signatory_and_two_cannot_remove_each_other(world):
    first, second = world.person(), world.person()
    account = UUID(world.link(first, data.MARTA.number, data.PARTNERSHIP).json["account_id"])
    world.link(second, EBBA, data.PARTNERSHIP)
    a, b = (world.acting(who.person_id, account) for who in (first, second))
    delegate = world.let_in(a)
    assert world.remove(delegate, a).status_code == 403
    answers = world.together(lambda: world.remove(a, b), lambda: world.remove(b, a))
    assert sorted(answer.status_code for answer in answers) == [204, 404]


@pytest.mark.parametrize("body", [{"reason": "x" * 201}, {"reason": "a\nb"}, {"why": "x"}, {"reason": 7}, []])
def test_B8_a_bad_reason_is_refused(world, body):
    owner = world.private_account()
    delegate = world.let_in(owner)
    assert world.remove(owner, delegate, body).status_code == 422
    assert world.grant(delegate.person_id, owner.account_id).status_code == 200


# --- company accounts


def test_T28_a_signatory_opens_the_companys_account(world, register):
    who = world.person()
    answer = world.link(who, TOLVAN, "552000-0018")
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["message"]) == ("opened", T28)
    account = UUID(answer.json["account_id"])
    [item] = world.accounts(who)["items"]
    assert (item["id"], item["kind"], item["role"]) == (str(account), "company", "signatory")
    assert item["display_name"] == "Granbackens Energi AB"
    assert world.accounts(who)["status"] == "ok"
    [opened] = world.told(AccountOpenedV1)
    assert (opened.account_id, opened.kind) == (account, "company")
    [call] = register.calls("firmateckningsalternativ")
    assert call["body"] == {
        "funktionarIdentitetsbeteckning": TOLVAN,
        "organisationIdentitetsbeteckning": data.ALONE,
    }
    [check] = world.rows("SELECT * FROM signatory_check")
    assert (check["person_id"], check["outcome"], check["request_id"]) == (who.person_id, "opens", call["request_id"])
    assert check["ways"] == ["ENSAM"]


def test_T28_in_english(world):
    answer = world.link(world.person(), TOLVAN, data.ALONE, locale="en")
    assert (
        answer.json["message"]
        == "The organisation has been updated. You can now log in to your company account on My pages."
    )


@pytest.mark.parametrize(
    ("number", "who", "why"),
    [
        (data.DEPUTY_AND_AUDITOR, LINNEA, "a deputy of the board"),
        (data.DEPUTY_AND_AUDITOR, GUNVOR, "an auditor"),
        (data.ALONE, ERIK, "a stranger"),
        (data.DEREGISTERED, TOLVAN, "a company struck off"),
        (data.BANKRUPT, ERIK, "a bankrupt company"),
        (data.ASSOCIATION_NOT_IN_REGISTER, TOLVAN, "not in the register: the fullmakt's way (T22)"),
        (data.SOLE_TRADER[2:], TOLVAN, "another's sole trade"),
        (data.ALONE, "197010632391", "a person whom the register does not know"),
    ],
)
def test_T31_T30_B5_everybody_else_is_refused_in_the_same_words(world, number, who, why):
    person = world.person()
    answer = world.link(person, who, number)
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (403, "not-signatory", T31), why
    assert not world.rows("SELECT id FROM account UNION ALL SELECT id FROM organisation")
    [check] = world.rows("SELECT outcome, person_id FROM signatory_check")
    assert check == {"outcome": "refused", "person_id": person.person_id}


def test_D10_a_managing_director_opens_by_the_setting_only(world, strict_client):
    who = world.person()
    answer = world.link(who, EBBA, data.MANAGING_DIRECTOR, by=strict_client)
    assert (answer.status_code, answer.json["detail"]) == (403, T31)
    assert world.link(who, EBBA, data.MANAGING_DIRECTOR).status_code == 201


def test_D10_two_together_open_when_the_second_has_confirmed(world):
    erik, asa = world.person(), world.person()
    first = world.link(erik, ERIK, data.TWO_TOGETHER)
    assert first.status_code == 202
    assert (first.json["status"], first.json["account_id"]) == ("waiting-cosignatory", None)
    assert re.search(r"senast 20\d\d-\d\d-\d\d\.$", first.json["message"])
    assert first.json["confirm_before"].endswith("Z")
    waiting = world.accounts(erik)
    assert (waiting["items"], waiting["status"]) == ([], "pending")
    assert "också har bekräftat" in waiting["message"]
    second = world.link(asa, ASA, data.TWO_TOGETHER)
    assert (second.status_code, second.json["message"]) == (201, T28)
    for who in (erik, asa):
        [item] = world.accounts(who)["items"]
        assert (item["role"], item["display_name"]) == ("signatory", "Norrskogens Fastigheter AB")
    assert world.link(erik, ERIK, data.TWO_TOGETHER).status_code == 201


def test_D10_who_has_left_the_board_meanwhile_does_not_help_to_open(world, register):
    erik, asa = world.person(), world.person()
    assert world.link(erik, ERIK, data.TWO_TOGETHER).status_code == 202
    register.remove_officer(data.TWO_TOGETHER, ERIK)
    register.put_officer(data.TWO_TOGETHER, SARA, ["LE"])
    register.set_rules(data.TWO_TOGETHER, [{"alternative": "TILLSAMMANS", "persons": [ASA, SARA], "count": 2}])
    assert world.link(asa, ASA, data.TWO_TOGETHER).status_code == 202
    assert world.accounts(erik)["items"] == []


def test_D9_linking_again_is_the_same_account(world):
    who = world.person()
    first, second = world.link(who, TOLVAN, data.ALONE), world.link(who, TOLVAN, "16" + data.ALONE)
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert len(world.told(AccountOpenedV1)) == 1


def test_B5_a_sole_trader_opens_by_any_form_of_the_number(world, register):
    who = world.person()
    answers = [world.link(who, KARIN, form) for form in ("990807-2391", "199908072391", "9908072391")]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.json["account_id"] for answer in answers}) == 1
    assert world.accounts(who)["items"][0]["display_name"] == "Perssons Snickeri"
    assert world.link(world.person(), LINNEA, LINNEA).status_code == 201


def test_a_change_pending_at_bolagsverket_opens_and_is_kept_as_evidence(world):
    assert world.link(world.person(), ASA, data.PENDING_CASE).status_code == 201
    assert world.rows("SELECT pending_cases FROM signatory_check") == [{"pending_cases": 1}]


def test_a_customer_organisation_is_linked_when_its_signatory_comes(world):
    world.deliver(world.organisation("K-7", data.ALONE))
    account = world.link(world.person(), TOLVAN, data.ALONE).json["account_id"]
    [linked] = world.told(AccountLinkedV1)
    assert (str(linked.account_id), linked.customer_number) == (account, "K-7")


@pytest.mark.parametrize("who", [TOLVAN, ERIK])
def test_C30_the_answer_does_not_tell_customers_from_strangers(world, client, who):
    stranger = world.link(world.person(), who, data.ALONE)
    world.change("TRUNCATE account, organisation, membership, customer, signing_confirmation CASCADE")
    world.deliver(world.organisation("K-7", data.ALONE))
    world.deliver(world.started("K-7"))
    customer = world.link(world.person(), who, data.ALONE)
    already = world.link(world.person(), who, data.ALONE)

    def shape(answer):
        variable = {"account_id": "", "instance": ""}
        return (
            answer.status_code,
            {**answer.json, **{key: variable[key] for key in variable if key in answer.json}},
            len(answer.data),
            sorted(answer.headers.keys()),
        )

    assert shape(stranger) == shape(customer) == shape(already)


def test_C30_the_eleventh_try_in_an_hour_is_refused_before_the_register_is_asked(world, register):
    who = world.person()
    for _ in range(10):
        assert world.link(who, ERIK, data.ALONE).status_code == 403
    answer = world.link(who, TOLVAN, data.ALONE)
    assert (answer.status_code, answer.json["code"]) == (429, "company-account-too-many-attempts")
    assert 3000 < int(answer.headers["Retry-After"]) <= 3601
    assert len(register.calls("firmateckningsalternativ")) == 10
    assert world.link(world.person(), TOLVAN, data.ALONE).status_code == 201


def test_the_same_key_gives_the_same_answer_and_asks_the_register_once(world, register):
    who = world.person()
    first = world.link(who, TOLVAN, data.ALONE, key="k-1")
    second = world.link(who, TOLVAN, data.ALONE, key="k-1")
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert second.headers["Idempotency-Replayed"] == "true"
    refused = [world.link(who, TOLVAN, data.DEPUTY_AND_AUDITOR, key="k-2") for _ in range(2)]
    assert [(answer.status_code, answer.json["detail"]) for answer in refused] == [(403, T31)] * 2
    assert len(register.calls("firmateckningsalternativ")) == 2
    assert world.link(who, TOLVAN, data.ALONE, key="k-2").json["code"] == "idempotency-key-reused"
    assert world.link(who, TOLVAN, data.ALONE, key=None).json["code"] == "idempotency-key-missing"


@pytest.mark.parametrize(
    "body",
    [
        {"organisation_number": "5520000019"},
        {"organisation_number": ""},
        {"organisation_number": None},
        {"organisation_number": 5520000018},
        {"organisation_number": ["5520000018"]},
        {},
        {"organisation_number": "5520000018", "person": TOLVAN},
    ],
)
def test_B5_a_bad_body_is_refused_by_field_and_counts_as_no_try(world, client, register, body):
    answer = client.as_(world.person()).post("/v1/company-accounts", body, headers={world.HEADER: world.seal(TOLVAN)})
    assert answer.status_code == 422
    assert answer.json["errors"]
    assert not register.calls()
    assert not world.rows("SELECT 1 FROM company_attempt")


def test_D23_without_a_number_sealed_for_us_it_is_our_fault_and_nothing_happens(world, client, register):
    who = world.person()
    foreign = sealing.Sealer(json.dumps(sealing.public_key(sealing.generate_key("other"))))
    bad = [
        None, "", "x", TOLVAN, foreign.seal({"personal_number": TOLVAN}), world.seal("1912"), world.seal(""),
        world.seal(TOLVAN, person_id=str(new_id())),
    ]  # fmt: skip
    for value in bad:
        answer = client.as_(who).post(
            "/v1/company-accounts",
            {"organisation_number": data.ALONE},
            headers={} if value is None else {world.HEADER: value},
        )
        assert (answer.status_code, answer.json["code"]) == (500, "internal-error"), value
    assert not register.calls()
    assert not world.rows("SELECT 1 FROM company_attempt")
    bound = {world.HEADER: world.seal(TOLVAN, person_id=str(who.person_id))}
    assert world.link(who, TOLVAN, data.ALONE, headers=bound).status_code == 201


def test_D23_neither_number_stands_in_a_table_an_answer_or_a_log(world, caplog):
    answers = [
        world.link(world.person(), KARIN, KARIN),
        world.link(world.person(), ERIK, data.TWO_TOGETHER),
        world.link(world.person(), LINNEA, data.DEPUTY_AND_AUDITOR),
    ]
    text = "".join(answer.text + str(answer.headers) for answer in answers) + caplog.text
    for table in world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        whole = f'SELECT t::text AS line, * FROM "{table["tablename"]}" AS t'  # noqa: S608 - names from the catalogue
        for row in world.rows(whole):
            binary = [bytes(value).decode("latin-1") for value in row.values() if isinstance(value, bytes | memoryview)]
            text += row["line"] + "".join(binary)
    assert "signatory-checked" in text
    assert "[pnr]" not in text, "the log's net should have nothing to catch"
    for number in (KARIN, ERIK, ASA, LINNEA, data.TWO_TOGETHER, data.DEPUTY_AND_AUDITOR):
        for form in (number, number[-10:], f"{number[-10:-4]}-{number[-4:]}", number.encode().hex()):
            assert form not in text


def test_the_route_asks_the_gateway_for_the_sealed_number():
    from chassis.cli import route_table
    from org_registry.app import ROUTES

    table = {(route["method"], route["path"]): route for route in route_table(ROUTES)}
    company = table["POST", "/v1/company-accounts"]
    assert (company["claims"], company["rate"], company["access"]) == (["sealed_pnr"], "company", "person")
    assert table["POST", "/v1/internal/grants"]["access"] == "internal"
    assert len(table) == 6


# --- D11, A27, B17


def unavailable(answer):
    assert (answer.status_code, answer.json["code"]) == (503, "register-unavailable"), answer.json
    assert answer.json["detail"].startswith("Vi kan inte nå Bolagsverket just nu.")
    assert int(answer.headers["Retry-After"]) >= 1


def about(person, organisation, **verdict):
    return {
        "firmateckningInformation": [
            {
                "funktionar": {"identitet": {"identitetsbeteckning": person}},
                "firmateckningOrganisation": {"identitet": {"identitetsbeteckning": organisation}},
                "firmateckningssvar": verdict
                or {"utfall": "JA", "firmateckningsutfallJaSvar": [{"alternativ": "ENSAM"}]},
            }
        ]
    }


YES = about(TOLVAN, data.ALONE)
TROUBLE = {
    "500": lambda faults: faults.status(500),
    "503": lambda faults: faults.status(503, retry_after=5),
    "403 scope": lambda faults: faults.status(403),
    "429": lambda faults: faults.status(429),
    "400": lambda faults: faults.status(400),
    "204": lambda faults: faults.status(204),
    "201 with a yes": lambda faults: faults.answer(YES, status=201),
    "bare 404": lambda faults: faults.status(404),
    "404 of a proxy": lambda faults: faults.answer("<h1>Not found</h1>", status=404),
    "404 of a gateway": lambda faults: faults.answer({"code": "404", "type": "Status report"}, status=404),
    "garbage": lambda faults: faults.garbage(),
    "huge": lambda faults: faults.huge(),
    "redirect": lambda faults: faults.redirect("http://127.0.0.1:9/elsewhere"),
    "drop": lambda faults: faults.drop(),
    "truncated": lambda faults: faults.truncated(),
    "slow": lambda faults: faults.slow(30),
    "slow token": lambda faults: faults.slow(30, path="/oauth2/"),
    "no token": lambda faults: faults.status(500, path="/oauth2/"),
    "token garbage": lambda faults: faults.garbage(path="/oauth2/"),
    "token without a life": lambda faults: faults.answer({"access_token": "x"}, path="/oauth2/"),
    "token with a line break": lambda faults: faults.answer(
        {"access_token": "x\r\nHost: evil", "expires_in": 3600}, path="/oauth2/"
    ),
    "empty": lambda faults: faults.answer({"firmateckningInformation": []}),
    "list": lambda faults: faults.answer("[]"),
    "another outcome": lambda faults: faults.answer(about(TOLVAN, data.ALONE, utfall="KANSKE")),
    "a yes without a way": lambda faults: faults.answer(about(TOLVAN, data.ALONE, utfall="JA")),
    "another person": lambda faults: faults.answer(about(ERIK, data.ALONE)),
    "another organisation": lambda faults: faults.answer(about(TOLVAN, data.BANKRUPT)),
    "a refusal of another person": lambda faults: faults.answer(about(ERIK, data.ALONE, utfall="NEJ")),
    "deep": lambda faults: faults.answer("[" * 30_000),
    "missing verdict": lambda faults: faults.answer({"firmateckningInformation": [{"funktionar": {}}]}),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_D11_A27_B17_trouble_with_the_register_neither_refuses_nor_opens(world, register, trouble):
    TROUBLE[trouble](register.faults)
    who = world.person()
    unavailable(world.link(who, TOLVAN, data.ALONE, key="same"))
    register.faults.clear()
    assert not world.rows("SELECT id FROM account UNION ALL SELECT id FROM signatory_check")
    again = world.link(who, TOLVAN, data.ALONE, key="same")
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (201, False)


def test_D11_a_register_that_is_not_there_is_no_refusal(world, register, client):
    connection = client._app.extensions["chassis"].extensions["register"]._to
    object.__setattr__(connection, "url", "http://127.0.0.1:9/foretagsinformation/v4")
    unavailable(world.link(world.person(), TOLVAN, data.ALONE))


def test_B17_a_name_with_markup_or_control_characters_becomes_one_clean_line(world, register):
    answer = about(TOLVAN, data.ALONE)
    organisation = answer["firmateckningInformation"][0]["firmateckningOrganisation"]
    organisation["organisationsnamn"] = {"namn": "  <b>Gran\u202e\x00\nbacken</b>" + "x" * 500}
    register.faults.answer(answer)
    who = world.person()
    assert world.link(who, TOLVAN, data.ALONE).status_code == 201
    name = world.accounts(who)["items"][0]["display_name"]
    assert name.startswith("<b>Gran backen</b>x")
    assert len(name) == 200


def test_B17_without_a_readable_name_the_account_still_has_one(world, register):
    register.faults.answer(YES)
    who = world.person()
    assert world.link(who, TOLVAN, data.ALONE).status_code == 201
    assert world.accounts(who)["items"][0]["display_name"] == "Företagskonto"


def test_the_token_is_fetched_once_and_again_after_one_401(world, register):
    for _ in range(3):
        assert world.link(world.person(), TOLVAN, data.ALONE).status_code == 201
    assert len(register.calls("/oauth2/token")) == 1
    register.expire_tokens()
    assert world.link(world.person(), TOLVAN, data.ALONE).status_code == 201
    assert len(register.calls("/oauth2/token")) == 2
    assert [call["status"] for call in register.calls("firmateckningsalternativ")] == [200, 200, 200, 401, 200]


def test_a_second_401_is_an_outage_and_not_a_loop(world, register):
    register.faults.status(401, count=None)
    unavailable(world.link(world.person(), TOLVAN, data.ALONE))
    assert len(register.calls("firmateckningsalternativ")) == 2


def test_an_application_that_is_not_subscribed_is_an_outage(world, register):
    register.set_subscribed(subscribed=False)
    unavailable(world.link(world.person(), TOLVAN, data.ALONE))


def test_a_token_is_renewed_sixty_seconds_before_it_ends(world, register):
    register.set_token_seconds(60)
    for _ in range(2):
        assert world.link(world.person(), TOLVAN, data.ALONE).status_code == 201
    assert len(register.calls("/oauth2/token")) == 2


def test_A27_after_five_failures_the_register_is_left_in_peace_and_others_are_served(world, register):
    owner = world.private_account()
    register.faults.status(500, count=None)
    for _ in range(5):
        unavailable(world.link(world.person(), TOLVAN, data.ALONE))
    asked = len(register.calls("firmateckningsalternativ"))
    register.faults.clear()
    unavailable(world.link(world.person(), TOLVAN, data.ALONE))
    assert len(register.calls("firmateckningsalternativ")) == asked == 5
    assert world.accounts(owner)["status"] == "ok"


def test_A27_a_bad_question_does_not_open_the_breaker(world, register):
    register.faults.status(400, count=6)
    for _ in range(6):
        unavailable(world.link(world.person(), TOLVAN, data.ALONE))
    assert world.link(world.person(), TOLVAN, data.ALONE).status_code == 201


def test_many_signatories_ask_at_once_with_one_token(world, register):
    people = [world.person() for _ in range(4)]
    answers = world.together(*[lambda who=who: world.link(who, TOLVAN, data.ALONE) for who in people])
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json["account_id"] for answer in answers}) == 1
    assert len(register.calls("/oauth2/token")) == 1


def test_the_document_names_the_problem_codes(client):
    document = client.get("/openapi.json").json
    operation = document["paths"]["/v1/company-accounts"]["post"]
    assert {"not-signatory", "register-unavailable"} <= set(operation["x-problem-codes"])
    assert date.fromisoformat(client.get("/v1/api-info").json["apiReleased"])
