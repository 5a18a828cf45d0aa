"""A company's account by its signatory, with Bolagsverket's stand-in as a real process."""

import json
import re
from uuid import UUID

import pytest

from chassis import sealing
from chassis.ids import new_id
from contracts.org_registry import AccountLinkedV1, AccountOpenedV1
from sim_bolagsverket import companies as data

T28 = "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor."
T31 = "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare."
TOLVAN, GUNVOR, ERIK, ASA = (who.number for who in (data.TOLVAN, data.GUNVOR, data.ERIK, data.ASA))
SARA, EBBA, KARIN, LINNEA = (who.number for who in (data.SARA, data.EBBA, data.KARIN, data.LINNEA))


def test_T27_T28_FB6_a_signatory_opens_the_companys_account(world, register):
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
