"""Bolagsverket in trouble: nobody is refused and nobody let in (D11, A27, B17). A real process that misbehaves."""

from datetime import date

import pytest

from sim_bolagsverket import companies as data

TOLVAN, ERIK = (who.number for who in (data.TOLVAN, data.ERIK))


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


@pytest.mark.slow
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
