"""FC2: an invitation for one person, whose personal number only identity knows."""

from uuid import UUID

import pytest

from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.testing import told
from contracts.invitations import InvitationAcceptedV1, InvitationCreatedV1
from invitations import domain

PATH = "/v1/invitations"


@pytest.fixture
def invited(client, world, identity):
    """``invited(owner, meant)``: the row of an invitation bound to ``meant``, and its link's secret."""

    def invite(owner, meant, **more):
        body = {"email": "karin@exempel.se", "person_binding": str(identity.bind(owner, meant.person_id)), **more}
        made = client.as_(owner).post(PATH, body)
        assert made.status_code == 201, made.text
        return made.json, world.token(UUID(made.json["id"]))

    return invite


def accept(client, who, token):
    return client.as_(who).post("/v1/acceptances", {"token": token})


def test_FC2_C12_only_the_person_who_is_meant_accepts_and_the_others_change_nothing(client, world, invited, database):
    owner, meant, wrong = world.owner(), world.visitor(), world.visitor("Nils Exempel", 1970)
    row, token = invited(owner, meant)
    before = world.rows()
    refused = accept(client, wrong, token)
    assert (refused.status_code, refused.json["code"]) == (403, "invitation-for-somebody-else")
    assert world.rows() == before
    assert told(database, InvitationAcceptedV1) == []
    shown = client.as_(owner).get(f"{PATH}/{row['id']}").json
    assert (shown["status"], shown["acceptor"], shown["bound"]) == ("sent", None, True)
    assert str(wrong.person_id) not in str(world.rows())
    assert accept(client, meant, token).status_code == 201


def test_FC2_D5_the_approver_is_told_that_it_is_the_person_whose_number_was_given(client, world, invited):
    owner, meant = world.owner(), world.visitor()
    row, token = invited(owner, meant)
    accept(client, meant, token)
    shown = client.as_(owner).get(f"{PATH}/{row['id']}").json
    assert (shown["bound"], shown["acceptor"]["name"], shown["may_decide"]) == (True, "Märta Exempel", True)
    unbound, _ = world.invite(owner, "annan@exempel.se")
    assert client.as_(owner).get(f"{PATH}/{unbound}").json["bound"] is False


def test_FC2_T44_without_a_number_identity_is_not_asked_at_all(client, world, identity):
    owner = world.owner()
    identity.down = True
    made = client.as_(owner).post(PATH, {"email": "karin@exempel.se", "person_binding": None})
    assert accept(client, world.visitor(), world.token(UUID(made.json["id"]))).status_code == 201
    assert identity.asked == []


def test_FC2_C1_a_binding_that_is_not_ones_own_or_not_there_sends_nothing(client, world, identity, database):
    owner, meant = world.owner(), world.visitor()
    of_another = identity.bind(world.visitor(), meant.person_id)
    for binding in (of_another, new_id()):
        refused = client.as_(owner).post(PATH, {"email": "karin@exempel.se", "person_binding": str(binding)})
        assert (refused.status_code, refused.json["code"]) == (422, "invitation-binding-gone")
        assert [error["field"] for error in refused.json["errors"]] == ["person_binding"]
    assert told(database, InvitationCreatedV1) == []


@pytest.mark.parametrize("value", ["", "abc", 17, ["01980000-0000-7000-8000-000000000000"], True])
def test_FC2_what_is_no_id_is_refused_by_its_form(client, world, value):
    refused = client.as_(world.owner()).post(PATH, {"email": "karin@exempel.se", "person_binding": value})
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json["errors"]} == {"person_binding"}


def test_FC2_a_renewal_keeps_whom_it_is_for_and_lets_identity_keep_the_number(client, world, invited, identity):
    owner, meant, wrong = world.owner(), world.visitor(), world.visitor("Nils Exempel", 1970)
    delegate = world.member(owner.account_id)
    row, old = invited(delegate, meant)
    world.later(hours=72)
    identity.asked.clear()
    # Whoever renews: the number was given by the one who invited.
    renewed = client.as_(owner).post(f"{PATH}/{row['id']}/renewals")
    assert (renewed.status_code, renewed.json["bound"]) == (200, True)
    assert [path.rsplit("/", 1)[1] for path in identity.asked] == ["uses"]
    token = world.token(UUID(row["id"]))
    assert accept(client, wrong, token).json["code"] == "invitation-for-somebody-else"
    assert accept(client, meant, old).json["code"] == "invitation-link-replaced"
    assert accept(client, meant, token).status_code == 201


def test_FC2_FJ8_where_identity_has_forgotten_the_number_nobody_accepts_and_nothing_is_renewed(
    client, world, invited, identity
):
    owner, meant = world.owner(), world.visitor()
    row, token = invited(owner, meant)
    identity.bound.clear()
    assert accept(client, meant, token).json["code"] == "invitation-for-somebody-else"
    refused = client.as_(owner).post(f"{PATH}/{row['id']}/renewals")
    assert (refused.status_code, refused.json["code"]) == (422, "invitation-binding-gone")
    assert world.token(UUID(row["id"])) == token


@pytest.mark.parametrize("trouble", ["down", "refuses"])
def test_FC2_fault_A11_while_identity_does_not_answer_it_is_503_and_nothing_has_changed(
    client, world, invited, identity, database, trouble
):
    owner, meant = world.owner(), world.visitor()
    row, token = invited(owner, meant)
    binding = str(identity.bind(owner, meant.person_id))
    identity.down, identity.refusal = trouble == "down", 403 if trouble == "refuses" else None
    before = world.rows()
    asked = [
        accept(client, meant, token),
        client.as_(owner).post(PATH, {"email": "annan@exempel.se", "person_binding": binding}),
        client.as_(owner).post(f"{PATH}/{row['id']}/renewals"),
    ]
    assert [(answer.status_code, answer.json["code"]) for answer in asked] == [(503, Unavailable.code)] * 3
    assert world.rows() == before
    assert len(told(database, InvitationCreatedV1)) == 1
    identity.down, identity.refusal = False, None
    assert accept(client, meant, token).status_code == 201


def test_FC2_FC8_whoever_holds_the_link_may_still_say_no(client, world, invited, identity):
    owner = world.owner()
    _, token = invited(owner, world.visitor())
    identity.down = True
    declined = client.post("/v1/declines", {"token": token}, key=None)
    assert (declined.status_code, declined.json["status"]) == (200, "declined")


def test_FC2_B_24_what_has_become_of_the_link_is_said_before_whom_it_is_for(client, world, invited, identity):
    owner, meant, wrong = world.owner(), world.visitor(), world.visitor("Nils Exempel", 1970)
    _, token = invited(owner, meant)
    own = accept(client, world.as_visitor(owner), token)
    assert (own.status_code, own.json["code"]) == (403, "invitation-own")
    world.later(hours=72)
    identity.asked.clear()
    assert accept(client, wrong, token).json["code"] == "invitation-expired"
    assert identity.asked == [], "nobody is asked about a link that is over"


def test_FC2_D7_the_same_holds_in_the_use_case_where_nobody_has_asked_identity(world, identity):
    owner, meant = world.owner(), world.visitor()
    _, token = world.invite(owner, person_binding=identity.bind(owner, meant.person_id))
    with pytest.raises(domain.InvitationForSomebodyElse):
        world.accept(meant, token)


def test_FC2_C12_the_link_says_nothing_of_whom_it_is_for(client, world, invited):
    owner, meant = world.owner(), world.visitor()
    _, token = invited(owner, meant)
    seen = client.post("/v1/invitation-lookups", {"token": token}, key=None)
    assert set(seen.json) == {"status", "expires_at"}
