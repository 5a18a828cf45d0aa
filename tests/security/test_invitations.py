"""C9-C13 through the gateway, once each; the service's own tests have the variants."""

from __future__ import annotations

import hashlib
import json

import pytest
from tests.security.matrix import UNKNOWN
from tests.security.stage import GUNVOR
from tests.security.web import ask

pytestmark = pytest.mark.journey
INVITATIONS, LOOKUPS = "/api/invitations/v1/invitations", "/api/invitations/v1/invitation-lookups"
ACCEPTANCES, DECLINES = "/api/invitations/v1/acceptances", "/api/invitations/v1/declines"


@pytest.fixture(scope="module")
def invited(stage, suite):
    """B1 has invited Gunvor: the invitation, its token and the mail."""
    mark = suite.world.postbox.mark()
    gunvor = suite.citizen(GUNVOR)
    gunvor.log_in()
    if not gunvor.session["registered"]:
        gunvor.register()
    invitation, token = stage.invite(stage.people["B1"], gunvor, "gunvor.c9@exempel.se")
    mail = suite.world.postbox.wait_for_mail("gunvor.c9@exempel.se", since=mark)
    return invitation, token, mail, gunvor


def test_C11_a_mail_scanner_that_follows_the_link_uses_nothing_up(stage, invited):
    _, token, mail, _ = invited
    (link,) = {link for link in mail["links"] if "#" in link}
    assert link.endswith(f"#{token}"), "the secret is behind the #, which no browser sends"
    before = stage.settled("invitations")
    nobody = stage.browser("anonymous")
    for path in ("/inbjudan", LOOKUPS, ACCEPTANCES, DECLINES):
        for method in ("GET", "HEAD"):
            for query in ("", f"?token={token}"):
                assert ask(nobody, method, f"{path}{query}").status in {200, 404, 405}
    for _ in range(20):
        assert ask(nobody, "POST", LOOKUPS, {"token": token}).json["status"] == "sent"
    assert stage.settled("invitations") == before


def test_C9_no_guess_cut_or_altered_secret_tells_more_than_another(stage, invited):
    _, token, _, gunvor = invited
    guesses = [token[:-1], token + "A", token.swapcase(), token[::-1], "x", "x" * 43, UNKNOWN, f" {token}"]
    for path in (LOOKUPS, DECLINES, ACCEPTANCES):
        answers = [ask(gunvor.browser, "POST", path, {"token": guess}) for guess in guesses]
        assert {answer.status for answer in answers} == {404}
        assert len({str(answer.told) for answer in answers}) == 1


def test_C13_the_secret_is_kept_as_a_hash_and_shown_nowhere(stage, suite, invited):
    invitation, token, _, _ = invited
    owner = stage.browser("B1")
    for path in (INVITATIONS, f"{INVITATIONS}/{invitation['id']}", "/api/notify/v1/notifications"):
        assert token not in ask(owner, "GET", path).raw.decode()
    rows = suite.query("invitations", "SELECT to_jsonb(i)::text FROM invitation i WHERE id = %s", invitation["id"])
    text = json.dumps(rows)
    assert token not in text
    assert hashlib.sha256(token.encode()).hexdigest() in text


def test_C12_who_accepts_a_forwarded_mail_sees_nothing_until_approved_and_C10_nobody_accepts_it_again(
    stage, suite, invited
):
    invitation, token, _, gunvor = invited
    seen = ask(stage.browser("anonymous"), "POST", LOOKUPS, {"token": token}).json
    assert seen.keys() == {"status", "expires_at"}
    accepted = ask(gunvor.browser, "POST", ACCEPTANCES, {"token": token})
    assert accepted.status == 201
    assert accepted.json.keys() == {"status", "accepted_at", "approve_before"}
    assert stage.account_b not in ask(gunvor.browser, "GET", "/api/org-registry/v1/accounts").raw.decode()
    chosen = ask(
        gunvor.browser,
        "PUT",
        "/api/identity/v1/session/account",
        headers={"Minasidor-Account": stage.account_b},
    )
    assert (chosen.status, chosen.code) == (403, "no-access")
    again = ask(stage.browser("R"), "POST", ACCEPTANCES, {"token": token})
    assert (again.status, again.code) == (410, "invitation-used-by-other")
    row = ask(stage.browser("B1"), "GET", f"{INVITATIONS}/{invitation['id']}").json
    assert row["acceptor"]["name"] == gunvor.session["person"]["name"], "the verified name, whoever was invited"


def test_C14_the_acceptor_and_other_accounts_people_approve_nothing(stage, invited):
    invitation, _, _, gunvor = invited
    before = stage.settled("invitations")
    for browser in (gunvor.browser, stage.browser("A1"), stage.browser("A2"), stage.browser("R")):
        answer = ask(browser, "POST", f"{INVITATIONS}/{invitation['id']}/approvals")
        assert answer.status in {403, 404}, str(answer)
    assert stage.settled("invitations") == before
    denied = ask(stage.browser("B1"), "POST", f"{INVITATIONS}/{invitation['id']}/denials")
    assert denied.json["status"] == "denied"
    late = ask(stage.browser("B1"), "POST", f"{INVITATIONS}/{invitation['id']}/approvals")
    assert late.status == 409, "approved after it was denied"
