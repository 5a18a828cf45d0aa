"""The six flaws that Keycloak's organisation invitations had or have in 2026 (reliability, section 1), as our tests."""

import base64
import hashlib
import json
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis import ids, tokens
from chassis.ids import new_id
from invitations import domain

PATH = "/v1/invitations"


def b64(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_CVE_2026_1529_C13_a_forged_invitation_is_no_invitation(client, world):
    owner = world.owner()
    invitation_id, token = world.invite(owner)
    claims = {"invitation": str(invitation_id), "account": str(owner.account_id), "email": "mallory@exempel.se"}
    forged = [
        f"{b64({'alg': 'none'})}.{b64(claims)}.",
        f"{b64({'alg': 'HS256'})}.{b64(claims)}.{b64('signature')}",
        tokens.Minter(tokens.generate_key("mine")).mint("invitations", world.visitor()),
        str(invitation_id),
        hashlib.sha256(token.encode()).hexdigest(),
        base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode(),
        f"{token}.{owner.account_id}",
    ]
    visitor = client.as_(world.visitor())
    for value in forged:
        assert visitor.post("/v1/acceptances", {"token": value}).status_code == 404
    tampered = visitor.post("/v1/acceptances", {"token": token, "email": "mallory@exempel.se"})
    assert tampered.status_code == 422
    assert world.status(invitation_id) == "sent"


@pytest.mark.slow
def test_49786_C10_FC1_one_invitation_is_used_by_one_of_fifty_at_once(world):
    invitation_id, token = world.invite(world.owner())
    visitors = [world.visitor() for _ in range(50)]
    works = [lambda database, who=who: world.accept(who, token, database=database) for who in visitors]
    outcomes = world.at_once(*works)
    winners = [who for who, outcome in zip(visitors, outcomes, strict=True) if not isinstance(outcome, Exception)]
    assert len(winners) == 1
    losers = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(outcome) for outcome in losers} == {domain.InvitationUsedByOther}
    (row,) = world.rows()
    assert (row["id"], row["acceptor_id"], row["version"]) == (invitation_id, winners[0].person_id, 2)


def test_CVE_2026_16072_C13_the_inviter_never_reads_the_secret_and_could_not_use_it(client, world, database, caplog):
    who = world.owner()
    owner = client.as_(who)
    made = owner.post(PATH, {"email": "karin.exempel@exempel.se"})
    token = world.token(UUID(made.json["id"]))
    own = f"{PATH}/{made.json['id']}"
    renewed = owner.post(f"{own}/renewals")
    newest = world.token(UUID(made.json["id"]))
    visitor = client.as_(world.visitor())
    answers = [made, renewed, owner.get(PATH), owner.get(own), visitor.post("/v1/acceptances", {"token": newest})]
    answers += [owner.post(f"{own}/approvals"), owner.get(PATH), visitor.post("/v1/acceptances", {"token": token})]
    logs = caplog.text
    with database.read() as tx:
        names = tx.session.execute(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200"))
        dump = "".join(
            str(row) + str([bytes(value) for value in row if isinstance(value, memoryview | bytes)])
            for (name,) in names.all()
            for row in tx.session.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - names from the catalogue
        )
    assert "invitation-accepted" in logs
    assert len(dump) > 1000
    for secret in (token, newest, "karin.exempel"):
        assert all(secret not in answer.text and secret not in str(answer.headers) for answer in answers)
        assert secret not in logs
        assert secret not in dump
    assert "Märta" not in dump
    fresh = owner.post(PATH, {"email": "b@exempel.se"}).json
    stolen = world.token(UUID(fresh["id"]))
    refused = client.as_(world.as_visitor(who)).post("/v1/acceptances", {"token": stolen})
    assert refused.json["code"] == "invitation-own"


@pytest.mark.parametrize("act", ["show", "renew", "revoke", "approve", "deny"])
def test_49069_47080_C1_T50_nothing_is_listed_resent_taken_back_or_decided_across_accounts(world, act):
    victim = world.owner()
    invitation_id, _ = world.accepted(victim)
    for stranger in (world.owner(), world.member(world.owner().account_id, "signatory")):
        for target in (invitation_id, new_id()):
            with pytest.raises(domain.InvitationNotFound):
                getattr(world, act)(stranger, target)
    assert world.status(invitation_id) == "accepted"
    assert len(world.letters(invitation_id)) == 1


def test_47080_C1_an_inviter_who_also_belongs_to_another_account_decides_there_for_that_account_only(world):
    first, second = world.owner(), world.owner()
    same_person = type(second)(**{**vars(world.principal(second.account_id)), "person_id": first.person_id})
    world.grant(same_person)
    invitation_id, _ = world.accepted(first)
    with pytest.raises(domain.InvitationNotFound):
        world.approve(same_person, invitation_id)
    world.approve(first, invitation_id)


@pytest.mark.parametrize("field", ["redirect_uri", "redirectUri", "next", "return_path", "client_id", "link"])
@pytest.mark.parametrize("target", ["//evil.example", "https:evil.example", "/\\evil.example"])
def test_51138_C29_an_invitation_carries_no_address_to_go_to(client, world, field, target):
    owner = client.as_(world.owner())
    body = {"email": "karin@exempel.se", field: target}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
    assert owner.post(PATH, body, headers=headers).status_code == 422
    made = owner.post(f"{PATH}", {"email": "karin@exempel.se"}, headers=headers)
    (letter,) = world.letters(UUID(made.json["id"]))
    link, _, token = letter["link"].partition("#")
    assert link == "http://localhost:8080/inbjudan"
    assert "evil" not in str(made.headers)
    for path in ("/v1/acceptances", "/v1/declines", "/v1/invitation-lookups"):
        refused = client.as_(world.visitor()).post(path, {"token": token, field: target})
        assert refused.status_code == 422
    answer = client.as_(world.visitor()).post("/v1/acceptances", {"token": token}, headers=headers)
    assert answer.status_code == 201
    assert "Location" not in answer.headers


def test_C9_guessing_does_not_help(client, world):
    world.invite(world.owner())
    assert len(ids.new_secret()) == 43
    for _ in range(200):
        guess = {"token": ids.new_secret()}
        assert client.post("/v1/invitation-lookups", guess, key=None).status_code == 404
