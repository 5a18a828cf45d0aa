"""FA4: what a provider of a second e-ID may say that logs nobody in, and a provider that says nothing."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from chassis.ids import utcnow
from identity.api import oidc_provider

CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def come_back(browser, back):
    return browser.send("POST", "/oidc-returns", back)


def refused(answer, code="OI5"):
    assert answer.status_code == 200, answer.text
    assert (answer.json["status"], answer.json["message"]["code"], answer.json["session"]) == ("failed", code, None)
    assert "__Host-sid" not in str(answer.headers.getlist("Set-Cookie"))
    return True


# ---- what the provider says
def _expired(claims):
    claims["exp"] = int(utcnow().timestamp()) - 120


@pytest.mark.parametrize(
    "edit",
    [
        lambda claims: claims.update(nonce="another"),
        lambda claims: claims.pop("nonce") and None,
        _expired,
        lambda claims: claims.pop("exp") and None,
        lambda claims: claims.update(aud="somebody-else"),
        lambda claims: claims.update(aud=["minasidor", "other"]),
        lambda claims: claims.update(aud=["minasidor", "other"], azp="other"),
        lambda claims: claims.pop("aud") and None,
        lambda claims: claims.update(iss="https://evil.example"),
        lambda claims: claims.pop("iss") and None,
        lambda claims: claims.pop("sub") and None,
        lambda claims: claims.update(iat=int(utcnow().timestamp()) + 600),
        lambda claims: claims.update(exp="tomorrow"),
        lambda claims: claims.update(name="<script>"),
        lambda claims: claims.pop("name") and None,
    ],
    ids=[
        "wrong-nonce",
        "no-nonce",
        "expired",
        "no-expiry",
        "wrong-audience",
        "two-audiences",
        "other-party",
        "no-audience",
        "wrong-issuer",
        "no-issuer",
        "no-subject",
        "from-the-future",
        "malformed-expiry",
        "hostile-name",
        "no-name",
    ],
)
def test_FA4_a_token_that_is_not_for_this_login_logs_nobody_in(browser, go, between, rows, edit):
    between.trust(edit)
    refused(come_back(browser, go(browser)))
    assert rows("SELECT 1 FROM session") == rows("SELECT 1 FROM person") == rows("SELECT 1 FROM evidence") == []


def test_the_edited_tokens_above_would_be_believed_but_for_the_edit(browser, go, between):
    between.trust(lambda claims: claims.update(aud=["minasidor"]))
    assert come_back(browser, go(browser)).json["status"] == "complete"


@pytest.mark.parametrize(
    "number", [None, "", "199908072390", "9908072391", 199908072391, "199908072391x", ["19"]], ids=str
)
def test_FA4_a_missing_or_malformed_personal_number_logs_nobody_in(browser, go, number, rows):
    answer = come_back(browser, go(browser, {"name": "Karin"} | ({CLAIM: number} if number is not None else {})))
    refused(answer, "OI4")
    assert "BankID" in answer.json["message"]["text"]
    assert rows("SELECT 1 FROM person") == []


def test_FA4_a_token_that_the_provider_has_not_signed_is_refused(browser, go, between, rows):
    between.edit = dict
    refused(come_back(browser, go(browser)))
    assert rows("SELECT 1 FROM session") == []


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}], ids=str)
def test_FA4_unsigned_and_symmetric_tokens_are_refused(browser, go, between, rows, header):
    def token(claims):
        signed = f"{encoded(json.dumps(header | {'typ': 'JWT'}).encode())}.{encoded(json.dumps(claims).encode())}"
        mac = hmac.new(b"a secret", signed.encode(), hashlib.sha256).digest() if header["alg"] == "HS256" else b""
        return f"{signed}.{encoded(mac)}"

    between.edit, between.sign = dict, token
    try:
        refused(come_back(browser, go(browser)))
    finally:
        del between.sign
    assert rows("SELECT 1 FROM session") == []


def test_FA4_a_code_of_another_kind_is_refused(browser, go):
    refused(come_back(browser, go(browser) | {"code": "made-up"}))


def test_FA4_pressing_cancel_at_the_provider_is_said_kindly(browser, go):
    back = go(browser, action="deny")
    assert back["error"] == "access_denied"
    refused(come_back(browser, back), "OI1")


def test_FA4_an_issuer_in_the_return_that_is_another_is_a_mixed_up_provider(browser, go, between):
    refused(come_back(browser, go(browser) | {"iss": "https://evil.example"}))
    assert between.forms("/oauth2/token") == []
    assert come_back(browser, go(browser) | {"iss": between.issuer}).json["status"] == "complete"


def test_FA4_a_level_that_was_asked_for_must_be_given(settings, make_app, browser, go, between):
    browser.http = make_app(replace(settings, oidc_acr="http://id.elegnamnden.se/loa/1.0/loa3")).test_client()
    back = go(browser)
    refused(come_back(browser, back))
    between.trust(lambda claims: claims.update(acr="http://id.elegnamnden.se/loa/1.0/loa3"))
    browser.http = make_app(replace(settings, oidc_acr="http://id.elegnamnden.se/loa/1.0/loa3")).test_client()
    assert come_back(browser, go(browser)).json["status"] == "complete"


# ---- the provider is down or talks nonsense (A27, B17)
def test_A27_a_provider_that_is_down_is_503_and_bankid_works_on(browser, between):
    between.down = True
    answer = browser.send("POST", "/oidc-logins", {})
    assert (answer.status_code, answer.json["code"]) == (503, "eid-unavailable")
    assert "Retry-After" in answer.headers
    assert browser.start().status_code == 201


def test_A27_a_provider_that_goes_down_on_the_way_fails_the_login_with_a_text(browser, go, between, rows):
    back = go(browser)
    between.down = True
    refused(come_back(browser, back), "OI2")
    assert come_back(browser, back).status_code == 404
    assert rows("SELECT 1 FROM session") == []


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", (200, b"<html>", None)),
        ("/.well-known/openid-configuration", (200, b"[]", None)),
        ("/.well-known/openid-configuration", (200, b'{"issuer": "https://evil.example"}', None)),
        ("/.well-known/openid-configuration", (500, b"{}", None)),
        ("/.well-known/openid-configuration", (302, b"", None)),
        ("/.well-known/openid-configuration", (200, b" " * 300_000 + b"{}", None)),
        ("/jwks", (200, b'{"keys": [{"kty": "nonsense"}]}', None)),
        ("/jwks", (200, b"{}", None)),
    ],
    ids=["html", "list", "other-issuer", "500", "redirect", "huge", "bad-key", "no-keys"],
)
def test_B17_a_description_that_is_none_starts_no_login(browser, between, path, answer, rows):
    between.answer[path] = answer
    assert browser.send("POST", "/oidc-logins", {}).status_code == 503
    assert rows("SELECT 1 FROM oidc_login") == []


def test_A27_a_provider_that_drips_its_answer_is_one_that_is_down(browser, monkeypatch, rows):
    monkeypatch.setattr(oidc_provider, "WHOLE_CALL_SECONDS", 0.0)
    answer = browser.send("POST", "/oidc-logins", {})
    assert (answer.status_code, answer.json["code"]) == (503, "eid-unavailable")
    assert rows("SELECT 1 FROM oidc_login") == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"{}", None),
        (200, b'{"id_token": 7}', None),
        (200, b'{"id_token": "a.b.c"}', None),
        (200, b"no json", None),
        (400, b"{}", None),
        (302, b"", None),
    ],
    ids=str,
)
def test_B17_a_token_answer_that_is_none_logs_nobody_in(browser, go, between, rows, answer):
    back = go(browser)
    between.answer["/oauth2/token"] = answer
    refused(come_back(browser, back))
    assert rows("SELECT 1 FROM session") == []


def test_B4_a_published_test_number_is_refused_in_production(settings, make_app, browser, go, rows, between):
    files = dict.fromkeys(("bankid_ca_file", "bankid_cert_file", "bankid_key_file", "bankid_signature_ca_file"), "x")
    strict = replace(settings, bankid_url="https://bankid.example", **files)
    made = make_app(strict)
    keys = made.extensions["chassis"].extensions["keys"]
    made.extensions["chassis"].extensions["keys"] = replace(keys, refuse_published_numbers=True)
    browser.http = made.test_client()
    refused(come_back(browser, go(browser)), "OI3")
    assert rows("SELECT 1 FROM person") == []


@pytest.mark.parametrize(
    "body",
    [{}, {"state": "x"}, {"code": "x"}, {"state": "x", "code": "y", "error": "z"}, {"state": "x" * 300, "code": "y"}],
    ids=str,
)
def test_what_no_provider_sends_back_is_refused(browser, body):
    assert come_back(browser, body).status_code == 422


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", "/ x", "fakturor"])
def test_FA10_the_way_on_is_a_path_of_our_own(browser, path):
    assert browser.send("POST", "/oidc-logins", {"return_path": path}).status_code == 422
