from uuid import UUID

import pytest

from chassis import ids
from chassis.ids import new_id
from chassis.testing import principal, told
from contracts.invitations import InvitationCreatedV1
from invitations import domain

PATH = "/v1/invitations"
ROW = {
    "id",
    "status",
    "invited_address",
    "inviter_id",
    "invited_by_me",
    "read_only",
    "services",
    "ends_on",
    "created_at",
    "sent_at",
    "expires_at",
    "acceptor",
    "accepted_at",
    "approve_before",
    "decided_at",
    "refusal",
    "bound",
    "sign_order_id",
    "signed_at",
    "signature",
    "signature_required",
    "may_renew",
    "may_revoke",
    "may_decide",
}


def token_of(world, row):
    return world.token(UUID(row["id"]))


def test_T41_T53_FC5_from_the_invitation_to_the_approval(client, world):
    owner = client.as_(world.owner())
    created = owner.post(PATH, {"email": "karin@exempel.se"})
    assert created.status_code == 201
    assert set(created.json) == ROW
    assert (created.json["status"], created.json["invited_address"]) == ("sent", "k***@exempel.se")
    assert created.headers["Location"] == f"/api/invitations/v1/invitations/{created.json['id']}"
    token = token_of(world, created.json)

    looked = client.post("/v1/invitation-lookups", {"token": token}, key=None)
    assert looked.status_code == 200
    assert looked.json == {"status": "sent", "expires_at": created.json["expires_at"]}

    accepted = client.as_(world.visitor()).post("/v1/acceptances", {"token": token})
    assert accepted.status_code == 201
    assert set(accepted.json) == {"status", "accepted_at", "approve_before"}

    own = f"{PATH}/{created.json['id']}"
    shown = owner.get(own).json
    assert shown["acceptor"] == {"name": "Märta Exempel", "birth_year": 1993}
    assert shown["may_decide"] is True
    approved = owner.post(f"{own}/approvals")
    assert (approved.status_code, approved.json["status"]) == (200, "approved")
    assert owner.get(PATH).json == {"items": [approved.json], "page": 1, "limit": 20, "total": 1}


def test_deny_renew_decline_and_take_back(client, world):
    owner = client.as_(world.owner())
    rows = [owner.post(PATH, {"email": f"{letter}@exempel.se"}).json for letter in "abcd"]
    client.as_(world.visitor()).post("/v1/acceptances", {"token": token_of(world, rows[0])})
    assert owner.post(f"{PATH}/{rows[0]['id']}/denials").json["status"] == "denied"
    old = token_of(world, rows[1])
    assert owner.post(f"{PATH}/{rows[1]['id']}/renewals").json["status"] == "sent"
    declined = client.post("/v1/declines", {"token": token_of(world, rows[2])}, key=None)
    assert (declined.status_code, declined.json["status"]) == (200, "declined")
    assert owner.delete(f"{PATH}/{rows[3]['id']}").status_code == 204
    replaced = client.post("/v1/invitation-lookups", {"token": old}, key=None)
    assert (replaced.status_code, replaced.json["code"]) == (410, "invitation-link-replaced")
    states = {row["invited_address"][0]: row["status"] for row in owner.get(PATH).json["items"]}
    assert states == {"a": "denied", "b": "sent", "c": "declined", "d": "revoked"}


def test_D22_the_narrowing_goes_in_and_comes_out(client, world):
    owner = client.as_(world.owner())
    body = {
        "email": "k@exempel.se",
        "read_only": True,
        "services": ["water", "waste", "water"],
        "ends_on": "2040-06-30",
    }
    made = owner.post(PATH, body).json
    assert (made["read_only"], made["services"], made["ends_on"]) == (True, ["waste", "water"], "2040-06-30")
    open_ended = owner.post(PATH, {"email": "l@exempel.se", "services": None, "ends_on": None}).json
    assert (open_ended["read_only"], open_ended["services"], open_ended["ends_on"]) == (False, None, None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": None},
        {"email": "a@exempel.se", "services": []},
        {"email": "a@exempel.se", "services": ["gas"]},
        {"email": "a@exempel.se", "services": ["WATER"]},
        {"email": "a@exempel.se", "services": [None]},
        {"email": "a@exempel.se", "services": "water"},
        {"email": "a@exempel.se", "read_only": "yes"},
        {"email": "a@exempel.se", "read_only": 1},
        {"email": "a@exempel.se", "read_only": None},
        {"email": "a@exempel.se", "ends_on": "tomorrow"},
        {"email": "a@exempel.se", "role": "owner"},
        {"email": "a@exempel.se", "account_id": "01980000-0000-7000-8000-000000000002"},
        {"email": "a@exempel.se", "redirect_uri": "https://evil.example"},
    ],
)
def test_bad_input_is_refused_and_nothing_is_sent(client, world, database, body):
    answer = client.as_(world.owner()).post(PATH, body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert told(database) == []


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: x@exempel.se",
        "a@exempel.se\nX: y",
        '"a b"@exempel.se',
        '"<script>"@exempel.se',
        "Anna <a@exempel.se>",
        "a@exempel.se, b@exempel.se",
        "a@exempel.se;b@exempel.se",
        "Efternamn, Anna <a@exempel.se>",
        "a@exempel.se.",
        "a..b@exempel.se",
        "@exempel.se",
        "a@",
        "a@localhost",
        "a@ex_empel.se",
        "ä@exempel.se",
        "a@exempel.se\u202e",
        "a@" + "b" * 250 + ".se",
        "a" * 65 + "@exempel.se",
        "",
    ],
)
def test_B6_C28_an_address_is_exactly_one_plain_recipient(client, world, database, address):
    answer = client.as_(world.owner()).post(PATH, {"email": address})
    assert answer.status_code == 422
    assert [entry["field"] for entry in answer.json["errors"]] == ["email"]
    assert told(database) == []


def test_B6_a_tag_stays_in_the_address_that_is_written_to(client, world):
    made = client.as_(world.owner()).post(PATH, {"email": "  Karin+el@Exempel.SE "}).json
    assert world.letters(UUID(made["id"]))[0]["email"] == "Karin+el@exempel.se"


def test_the_same_key_gives_the_same_answer_and_one_mail(client, world, database):
    owner, key = client.as_(world.owner()), str(new_id())
    first = owner.post(PATH, {"email": "karin@exempel.se"}, key=key)
    again = owner.post(PATH, {"email": "karin@exempel.se"}, key=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(told(database, InvitationCreatedV1)) == 1
    assert owner.post(PATH, {"email": "karin@exempel.se"}, key=None).json["code"] == "idempotency-key-missing"


def test_an_acceptance_whose_answer_was_lost_can_be_sent_again(client, world):
    _, token = world.invite(world.owner())
    visitor, key = client.as_(world.visitor()), str(new_id())
    first = visitor.post("/v1/acceptances", {"token": token}, key=key)
    again = visitor.post("/v1/acceptances", {"token": token}, key=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert visitor.post("/v1/acceptances", {"token": token}).json["code"] == "invitation-already-used"


def test_C1_another_accounts_invitation_answers_exactly_as_an_unknown_one(client, world):
    invitation_id, _ = world.accepted(world.owner())
    stranger = client.as_(world.owner())

    def answers(target):
        own = f"{PATH}/{target}"
        sent = [stranger.get(own), stranger.delete(own)]
        sent += [stranger.post(f"{own}/{act}") for act in ("renewals", "approvals", "denials")]
        return [(answer.status_code, answer.json | {"instance": ""}) for answer in sent]

    assert answers(invitation_id) == answers(new_id())
    assert {status for status, _ in answers(invitation_id)} == {404}
    assert world.status(invitation_id) == "accepted"
    assert stranger.get(PATH).json["total"] == 0


SCOPES = [
    ("POST", PATH, "members:invite"),
    ("GET", PATH, "members:read"),
    ("GET", f"{PATH}/{{id}}", "members:read"),
    ("DELETE", f"{PATH}/{{id}}", "members:invite"),
    ("POST", f"{PATH}/{{id}}/renewals", "members:invite"),
    ("POST", f"{PATH}/{{id}}/approvals", "members:approve"),
    ("POST", f"{PATH}/{{id}}/denials", "members:approve"),
]


@pytest.mark.parametrize(("method", "path", "scope"), SCOPES)
def test_without_login_or_the_one_scope_it_is_refused(client, world, method, path, scope):
    invitation_id, _ = world.accepted(owner := world.owner())
    body = {"json": {"email": "b@exempel.se"}} if path == PATH and method == "POST" else {}
    path = path.format(id=invitation_id)
    assert client.request(method, path, **body).status_code == 401
    others = owner.scopes - {scope}
    lacking = principal(**{**vars(owner), "scopes": others})
    assert client.as_(lacking).request(method, path, **body).status_code == 403
    holding = principal(**{**vars(owner), "scopes": frozenset({scope})})
    assert client.as_(holding).request(method, path, **body).status_code in {200, 201, 204, 409}


def test_accepting_needs_a_login_and_nothing_else_does(client, world):
    _, token = world.invite(world.owner())
    assert client.post("/v1/acceptances", {"token": token}).status_code == 401
    assert client.post("/v1/invitation-lookups", {"token": token}, key=None).status_code == 200
    assert client.post("/v1/declines", {"token": token}, key=None).status_code == 200


@pytest.mark.parametrize("path", ["/v1/invitation-lookups", "/v1/acceptances", "/v1/declines"])
def test_C11_opening_a_link_changes_nothing(client, world, path):
    invitation_id, token = world.invite(world.owner())
    for _ in range(20):
        for method in ("GET", "HEAD"):
            assert client.as_(world.visitor()).request(method, f"{path}?token={token}").status_code == 405
        client.post("/v1/invitation-lookups", {"token": token}, key=None)
    assert world.status(invitation_id) == "sent"
    world.accept(world.visitor(), token)


@pytest.mark.parametrize("path", ["/v1/invitation-lookups", "/v1/acceptances", "/v1/declines"])
def test_C9_guessed_cut_and_altered_secrets_all_get_the_same_404(client, world, path):
    _, token = world.invite(world.owner())
    wrong = [
        token[:-1],
        token + "A",
        token.swapcase(),
        token[::-1],
        f" {token}",
        ids.new_secret(),
        "x",
        "ä" * 43,
        "%00",
    ]
    visitor = client.as_(world.visitor())
    answers = [visitor.post(path, {"token": value}) for value in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({str(answer.json | {"instance": ""}) for answer in answers}) == 1
    for body in (
        {},
        {"token": ""},
        {"token": None},
        {"token": 1},
        {"token": "x" * 1001},
        {"token": token, "next": "/"},
    ):
        assert visitor.post(path, body).status_code == 422
    assert visitor.post("/v1/acceptances", {"token": token}).status_code == 201


def test_B_24_every_end_of_a_link_has_its_own_status_code_and_text_in_both_languages(client, world):
    owner = world.owner()
    links = {}

    def end(name, *, act):
        invitation_id, token = world.invite(owner, f"{name}@exempel.se")
        links[name] = token
        act(invitation_id, token)

    end("old", act=lambda i, _: world.renew(owner, i))
    end("used", act=lambda _, token: world.accept(world.visitor(), token))
    end("declined", act=lambda _, token: world.decline(token))
    end("revoked", act=lambda i, _: world.revoke(owner, i))
    found = {}
    for locale in ("sv", "en"):
        visitor = client.as_(world.visitor(), locale=locale)
        for name, token in links.items():
            answer = visitor.post("/v1/acceptances", {"token": token})
            found[name, locale] = (answer.status_code, answer.json["code"], answer.json["detail"])
        own = client.as_(world.as_visitor(owner), locale=locale).post("/v1/acceptances", {"token": links["old"]})
        found["own", locale] = (own.status_code, own.json["code"], own.json["detail"])
    world.later(hours=72)
    _, late = world.invite(owner, "late@exempel.se")
    world.later(hours=72)
    for locale in ("sv", "en"):
        answer = client.as_(world.visitor(), locale=locale).post("/v1/acceptances", {"token": late})
        found["late", locale] = (answer.status_code, answer.json["code"], answer.json["detail"])
    assert {name: found[name, "sv"][:2] for name, _ in found} == {
        "old": (410, "invitation-link-replaced"),
        "used": (410, "invitation-used-by-other"),
        "declined": (410, "invitation-declined"),
        "revoked": (410, "invitation-revoked"),
        "own": (410, "invitation-link-replaced"),
        "late": (410, "invitation-expired"),
    }
    for name in links:
        assert found[name, "sv"][:2] == found[name, "en"][:2]
        assert found[name, "sv"][2] != found[name, "en"][2]
    assert found["late", "en"][2] == domain.InvitationExpired.en[1]


def test_the_inviter_at_his_own_link_is_told_so(client, world):
    owner = world.owner()
    _, token = world.invite(owner)
    answer = client.as_(world.as_visitor(owner)).post("/v1/acceptances", {"token": token})
    assert (answer.status_code, answer.json["code"]) == (403, "invitation-own")


def test_C28_a_limit_says_when_to_come_back(client, world):
    owner = client.as_(world.owner())
    made = owner.post(PATH, {"email": "karin@exempel.se"}).json
    for _ in range(2):
        assert owner.post(f"{PATH}/{made['id']}/renewals").status_code == 200
    refused = owner.post(f"{PATH}/{made['id']}/renewals")
    assert (refused.status_code, refused.json["code"]) == (429, "invitation-address-limit")
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert "3" in refused.json["detail"]


def test_a_refused_limit_is_not_kept_as_the_answer_of_its_key(client, world):
    who, key = world.owner(), str(new_id())
    owner = client.as_(who)
    for number in range(20):
        assert owner.post(PATH, {"email": f"a{number}@exempel.se"}).status_code == 201
    assert owner.post(PATH, {"email": "b@exempel.se"}, key=key).status_code == 429
    world.later(hours=24)
    assert owner.post(PATH, {"email": "b@exempel.se"}, key=key).status_code == 201


def test_a_brand_new_account_is_asked_to_come_back(client, world):
    answer = client.as_(world.principal(new_id(), "owner")).post(PATH, {"email": "karin@exempel.se"})
    assert (answer.status_code, answer.json["code"]) == (503, "invitation-membership-pending")
    assert answer.headers["Retry-After"] == "1"


def test_the_list_comes_in_pages(client, world):
    owner = client.as_(world.owner())
    made = [owner.post(PATH, {"email": f"a{number}@exempel.se"}).json["id"] for number in range(3)]
    page = owner.get(f"{PATH}?limit=2&page=2").json
    assert ([row["id"] for row in page["items"]], page["total"]) == ([made[0]], 3)
    assert owner.get(f"{PATH}?status=sent").status_code == 422


def test_the_gateway_is_told_which_claims_and_limits_the_routes_need(app):
    routes = {(route.method, route.path): route for group in app.extensions["chassis"].routes for route in group.routes}
    assert routes["POST", "/acceptances"].access.claims == ("name", "birth_year")
    for path in ("/invitation-lookups", "/acceptances", "/declines"):
        assert routes["POST", path].rate == "invitation"
    for path in ("/invitation-lookups", "/declines"):
        assert (routes["POST", path].access.kind, routes["POST", path].access.csrf) == ("public", False)


def test_C30_an_invitation_tells_nothing_of_who_reads_the_address(client, world):
    """A member's address, one that was invited by somebody else, and one that nobody knows: one answer."""
    owner = world.owner()
    known, _ = world.accepted(owner, "kand@exempel.se")
    world.approve(owner, known)
    world.invite(world.owner(), "kant@exempel.se")
    answers = [client.as_(owner).post(PATH, {"email": f"{name}@exempel.se"}) for name in ("kand", "kant", "kann")]
    varying = {"id", "created_at", "sent_at", "expires_at"}
    shapes = {
        (answer.status_code, len(answer.data), str({k: v for k, v in answer.json.items() if k not in varying}))
        for answer in answers
    }
    assert len(shapes) == 1
    assert {answer.status_code for answer in answers} == {201}
