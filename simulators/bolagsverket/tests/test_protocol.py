"""Tokens, errors and headers, as Bolagsverket publishes them."""

import base64
import re

import pytest

from sim_bolagsverket import companies as data
from sim_bolagsverket.companies import ERIK, TOLVAN

REQUEST_ID = "d120654c-0d09-481a-8956-940a76474e6b"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_a_token_says_how_long_it_lives(api):
    answer = api.ask_token()
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("access_token")
    assert body == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "foretagsinformation:read",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_client_credentials_may_come_as_basic_authentication(api):
    basic = base64.b64encode(b"test-client:test-client-secret").decode()
    answer = api.http.post(
        "/oauth2/token",
        data={"grant_type": "client_credentials", "scope": "foretagsinformation:read"},
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "somebody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused(api, form, status, error):
    answer = api.ask_token(**form)
    assert answer.status_code == status
    assert answer.json()["error"] == error


def test_a_revoked_token_is_refused_without_a_body(api):
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 200
    form = {"token": api.token, "client_id": "test-client"}
    assert api.http.post("/oauth2/revoke", data=form).status_code == 401
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 200
    form["client_secret"] = "test-client-secret"
    assert api.http.post("/oauth2/revoke", data=form).status_code == 200
    answer = api.may_sign(TOLVAN.number, data.ALONE)
    assert (answer.status_code, answer.content) == (401, b"")
    assert UUID.fullmatch(answer.headers["X-Request-Id"])


def test_a_token_ends_when_its_time_is_out_or_all_are_expired(api, control):
    control.expire_tokens()
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 401
    control.set_token_seconds(0)
    api.token = api.new_token()
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 401
    control.set_token_seconds(60)
    api.token = api.new_token()
    assert api.may_sign(TOLVAN.number, data.ALONE).status_code == 200


def test_no_token_at_all_is_401(api):
    answer = api.http.post("/foretagsinformation/v4/organisationer", json={})
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_token_of_another_scope_is_403_without_a_body(api):
    answer = api.ask_token(scope="vardefulla-datamangder:read")
    assert answer.json()["scope"] == "default"
    api.token = answer.json()["access_token"]
    refused = api.may_sign(TOLVAN.number, data.ALONE)
    assert (refused.status_code, refused.content) == (403, b"")
    assert refused.headers["X-Request-Id"]


def test_an_application_that_is_not_subscribed_gets_code_900908(api, control):
    control.set_subscribed(subscribed=False)
    refused = api.may_sign(TOLVAN.number, data.ALONE)
    assert refused.status_code == 403
    assert refused.json()["code"] == "900908"


@pytest.mark.parametrize(
    "wrong",
    ["A7696151111", "552000-0018", "55200000181", "", "\uff15520000018", None, 5520000018],
)
def test_a_malformed_number_is_400_fm003(api, wrong):
    body = {
        "funktionarIdentitetsbeteckning": TOLVAN.number,
        "organisationIdentitetsbeteckning": wrong,
    }
    answer = api.post("firmateckningsalternativ", body, **{"X-Request-Id": REQUEST_ID})
    assert answer.status_code == 400
    assert answer.headers["X-Request-Id"] == REQUEST_ID
    error = answer.json()
    assert re.match(r"20\d\d-.*[+]00:00", error.pop("timestamp"))
    assert error == {
        "type": "urn:bolagsverket:error:validation",
        "instance": "validation.client",
        "status": 400,
        "requestId": REQUEST_ID,
        "title": "Fel format",
        "detail": f"Identitetsbeteckning måste vara 10 eller 12 siffror: {wrong}",
        "code": "FM003",
        "source": "organisationIdentitetsbeteckning",
    }


def test_the_person_is_checked_too_and_the_organisation_call_names_its_own_source(api):
    assert api.may_sign("1912", data.ALONE).json()["source"] == "funktionarIdentitetsbeteckning"
    answer = api.post("organisationer", {"identitetsbeteckning": "1"})
    assert answer.json()["code"] == "FM003"
    assert answer.json()["source"] == "identitetsbeteckning.identitet.id"


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b"\xff"])
def test_a_body_that_is_no_object_is_400(api, content):
    answer = api.http.post(
        "/foretagsinformation/v4/firmateckningsalternativ",
        content=content,
        headers={"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["instance"] == "validation.client"


def test_what_is_not_in_the_register_is_404_and_says_which(api):
    association = api.may_sign(TOLVAN.number, data.ASSOCIATION_NOT_IN_REGISTER)
    assert association.status_code == 404
    assert association.json()["source"] == "organisationIdentitetsbeteckning"
    stranger = api.may_sign("197010632391", data.ALONE)
    assert stranger.status_code == 404
    assert stranger.json()["source"] == "funktionarIdentitetsbeteckning"
    body = {"identitetsbeteckning": data.ASSOCIATION_NOT_IN_REGISTER}
    assert api.post("organisationer", body).status_code == 404


def test_short_and_prefixed_numbers_are_understood(api):
    assert api.verdict(TOLVAN.number[2:], data.ALONE)["utfall"] == "JA"
    assert api.verdict(TOLVAN.number, "16" + data.ALONE)["utfall"] == "JA"
    assert api.verdict(data.SOLE_TRADER, data.SOLE_TRADER[2:])["utfall"] == "JA"


def test_only_the_information_asked_for_is_sent(api):
    always = {
        "identitet",
        "namnskyddslopnummer",
        "organisationsnamn",
        "organisationsform",
        "organisationsstatusar",
    }
    body: dict[str, object] = {"identitetsbeteckning": data.TWO_TOGETHER}
    [bare] = api.post("organisationer", body).json()
    assert set(bare) == always
    body["organisationInformationsmangd"] = ["FIRMATECKNING", "FUNKTIONARER"]
    [full] = api.post("organisationer", body).json()
    assert set(full) == always | {"firmateckning", "funktionarer", "antalValdaFunktionarer"}
    assert full["firmateckning"]["klartext"].startswith("Firman tecknas av styrelsen.")
    assert full["antalValdaFunktionarer"] == {"ledamoter": 2, "suppleanter": 0}
    [chair] = [o for o in full["funktionarer"] if len(o["funktionarsroller"]) == 2]
    assert chair["identitet"]["identitetsbeteckning"] == ERIK.number
    assert [role["kod"] for role in chair["funktionarsroller"]] == ["LE", "OF"]
    body["organisationInformationsmangd"] = ["ALLT"]
    assert api.post("organisationer", body).status_code == 400
