"""FC14: an approval signed with BankID; the order at identity, the signature's coming, and what can happen between."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.errors import Unavailable
from chassis.ids import new_id
from chassis.testing import answered, deliver, deliver_scoped, told
from contracts.activities import ActivityRecorded, Actor
from contracts.data_requests import DataRequestKind
from contracts.identity import SignatureCompletedV1, SignatureFailedV1, SignatureFailure
from contracts.invitations import InvitationApprovedV1
from invitations import domain, usecases
from invitations.api.deciding import APPROVING
from invitations.app import create_app
from invitations.consumers import SUBSCRIPTIONS
from invitations.domain import mandate
from invitations.usecases.viewing import REFUSALS

PATH = "/v1/invitations"
AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Signing:
    """One account, one invitation that somebody has accepted, and identity's events."""

    def __init__(self, client, world, identity):
        self.client, self.world, self.identity = client, world, identity
        self.owner = replace(world.owner(), name="Ägaren Exempel")
        self.delegate = replace(world.member(self.owner.account_id), name="Dag Delegat")
        self.id, self.acceptor = world.accepted(self.delegate)

    def order(self, who=None, **more):
        return self.client.as_(who or self.delegate).post(f"{PATH}/{self.id}/approval-signatures", **more)

    def ordered(self, who=None):
        answer = self.order(who)
        assert answer.status_code == 201, answer.text
        return self.identity.orders[answer.json["sign_order_id"]]

    def completed(self, order, **changes):
        values = {
            "sign_order_id": UUID(order["sign_order_id"]),
            "requested_by": "invitations",
            "subject_id": UUID(order["subject_id"]),
            "person_id": UUID(order["person_id"]),
            "purpose": order["purpose"],
            "document_sha256": order["document_sha256"],
            "signed_at": AT,
        }
        return SignatureCompletedV1(**values | changes)

    def failed(self, order, reason=SignatureFailure.CANCELLED, **changes):
        values = {
            "sign_order_id": UUID(order["sign_order_id"]),
            "requested_by": "invitations",
            "subject_id": UUID(order["subject_id"]),
            "person_id": UUID(order["person_id"]),
            "purpose": order["purpose"],
            "reason": reason,
            "failed_at": AT,
        }
        return SignatureFailedV1(**values | changes)

    def tell(self, event):
        deliver(self.world.database, SUBSCRIPTIONS, event)

    def show(self, who=None):
        return self.client.as_(who or self.delegate).get(f"{PATH}/{self.id}").json

    def mandates(self):
        return [(row["status"], row["reason"]) for row in self.world.rows("mandate")]


@pytest.fixture
def signing(client, world, identity):
    return Signing(client, world, identity)


def approvals(signing):
    return told(signing.world.database, InvitationApprovedV1)


# ---- the whole way
def test_FC14_T53_a_signature_approves_and_org_registry_is_told_which(signing):
    order = signing.ordered()
    assert approvals(signing) == [], "nothing before it is signed"
    signing.tell(signing.completed(order))
    (event,) = approvals(signing)
    assert (event.approver_id, event.acceptor_id) == (signing.delegate.person_id, signing.acceptor.person_id)
    assert str(event.sign_order_id) == order["sign_order_id"]
    shown = signing.show()
    assert (shown["status"], shown["sign_order_id"]) == ("approved", order["sign_order_id"])
    assert shown["signed_at"] == "2026-11-02T12:00:00Z"
    assert shown["signature"] is None
    assert signing.mandates() == [("signed", None)]
    record = told(signing.world.database, ActivityRecorded)[-1]
    assert (record.action, record.actor, record.person_id) == (
        "approve_invitation",
        Actor.PERSON,
        signing.delegate.person_id,
    )
    assert (record.about_person_id, record.account_id) == (signing.acceptor.person_id, signing.owner.account_id)
    assert "skrev under med BankID" in record.text_sv


def test_FC14_T52_a_click_is_enough_where_nothing_else_is_wanted_and_tells_no_signature(signing):
    assert signing.show()["signature_required"] is False
    signing.world.approve(signing.delegate, signing.id)
    (event,) = approvals(signing)
    assert event.sign_order_id is None
    assert (signing.show()["sign_order_id"], signing.show()["signed_at"]) == (None, None)


def test_FC14_D5_the_text_names_whom_to_what_and_by_whom(signing):
    order = signing.ordered()
    for part in (
        "**Märta Exempel**, född 1993, får behörighet till kontot **Exempel AB**",
        "- Får: se och göra allt",
        "- Tjänster: alla tjänster på kontot",
        "- Gäller: tills vidare",
        "Ges av: Dag Delegat",
        str(signing.id),
    ):
        assert part in order["text"]
    assert (order["purpose"], order["valid_minutes"]) == ("mandate", 60)
    assert order["person_id"] == str(signing.delegate.person_id)
    assert order["subject_id"] == str(signing.id)


def test_FC14_D22_D27_a_narrowed_mandate_says_so_in_the_signers_language(signing):
    narrowed = {"read_only": True, "services": frozenset({"waste", "water"}), "ends_on": signing.world.day(9)}
    signing.id, _ = signing.world.accepted(signing.delegate, "annan@exempel.se", **narrowed)
    order = signing.identity.orders[signing.order(headers={"Accept-Language": "en"}).json["sign_order_id"]]
    for part in (
        "born in 1993, gets access to the account **Exempel AB**",
        "- May: only look",
        "- Services: waste, water",
        f"- Until: {signing.world.day(9)} inclusive",
        "Given by: Dag Delegat",
    ):
        assert part in order["text"]


def test_FC14_D23_the_document_holds_ids_and_the_extent_and_its_hash_is_what_is_signed(signing):
    order = signing.ordered()
    (row,) = signing.world.rows("mandate")
    assert hashlib.sha256(row["document"].encode()).hexdigest() == order["document_sha256"]
    found = json.loads(row["document"])
    assert row["document"] == json.dumps(found, sort_keys=True, separators=(",", ":"))
    assert found == {
        "acceptor": str(signing.acceptor.person_id),
        "accepted_at": found["accepted_at"],
        "account": str(signing.owner.account_id),
        "approver": str(signing.delegate.person_id),
        "ends_on": None,
        "invitation": str(signing.id),
        "inviter": str(signing.delegate.person_id),
        "kind": "minasidor-mandate-1",
        "read_only": False,
        "services": None,
    }
    assert "Märta" not in str(signing.world.rows("mandate"))


def test_FJ9_FC14_a_protected_person_is_not_named_in_what_is_signed(signing):
    world = signing.world
    signing.id, token = world.invite(signing.delegate, "annan@exempel.se")
    world.accept(world.visitor("Skyddad identitet", 1990), token)
    text_ = signing.ordered(replace(signing.owner, name="Skyddad identitet"))["text"]
    assert "**en person med skyddad identitet** får behörighet" in text_
    assert "1990" not in text_
    assert "Ges av" not in text_


@pytest.mark.parametrize("name", ["*Stjärnan* AB", "Rad\n# Rubrik", "A_B_C", "`kod` <b>"])
def test_FC14_C21_a_name_cannot_lay_out_the_text_that_is_signed(name):
    assert not set(mandate.plain(name)) & set("*_#`<>\n")


# ---- ordering
def test_FC14_an_open_order_is_given_again_and_identity_is_asked_once(signing):
    first = signing.order()
    again = signing.order(headers={"Accept-Language": "en"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert len(signing.identity.orders) == 1
    assert signing.show()["signature"] == first.json
    assert signing.show(signing.owner)["signature"] is None, "each approver has the own"
    assert signing.order(signing.owner).status_code == 201


def test_FC14_B13_the_same_key_is_the_same_order(signing):
    key = str(new_id())
    assert signing.order(key=key).json == signing.order(key=key).json
    assert len(signing.identity.orders) == 1


def test_FC14_one_that_was_not_signed_in_time_is_ordered_anew_before_anybody_has_told_so(signing, database):
    first = signing.ordered()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE mandate SET expires_at = now()"))
    shown = signing.show()["signature"]
    assert (shown["status"], shown["reason"]) == ("not-signed", "expired")
    second = signing.ordered()
    assert second["sign_order_id"] != first["sign_order_id"]
    assert sorted(signing.mandates(), key=str) == [("not-signed", "replaced"), ("ordered", None)]
    # Identity's own word counts, also for the first one: it was in time by the clock that decides there.
    signing.tell(signing.completed(first))
    assert signing.show()["status"] == "approved"


def test_FC14_C48_of_two_orders_at_once_one_stays(signing):
    world = signing.world

    def order(wide):
        with wide.transaction(principal=signing.delegate) as tx:
            wanted = usecases.want_signature(tx, signing.id, world.keys).mandate
        until = datetime.now(UTC) + timedelta(hours=1)
        with wide.transaction(principal=signing.delegate) as tx:
            return usecases.keep_order(tx, replace(wanted, expires_at=until))[0].sign_order_id

    kept = world.at_once(*[order] * 6)
    ids = {one for one in kept if isinstance(one, UUID)}
    assert len(ids) == 1
    assert len(signing.mandates()) == 1


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("stranger", "invitation-not-found"),
        ("acceptor", "invitation-own-approval"),
        ("of another account", "invitation-not-found"),
    ],
)
def test_FC14_D4_C1_who_may_not_approve_orders_nothing(signing, who, code):
    world = signing.world
    signatory = replace(world.principal(signing.owner.account_id, "signatory"), person_id=signing.acceptor.person_id)
    people = {
        "stranger": world.member(signing.owner.account_id),
        "acceptor": signatory,
        "of another account": world.owner(),
    }
    if who == "acceptor":
        world.grant(signatory)
    refused = signing.order(people[who])
    assert refused.json["code"] == code
    assert signing.identity.asked == []


def test_FC14_D3_D6_C6_ordering_is_refused_as_approving_is(signing):
    world = signing.world
    open_one, _ = world.invite(signing.owner, "c@exempel.se")
    refused = signing.client.as_(signing.owner).post(f"{PATH}/{open_one}/approval-signatures")
    assert refused.json["code"] == "invitation-not-accepted"
    narrowed = replace(signing.delegate, services=frozenset({"water"}))
    world.grant(narrowed, version=2)
    assert signing.order(narrowed).json["code"] == "invitation-exceeds-own-rights"
    world.later(days=30)
    assert signing.order(signing.owner).json["code"] == "invitation-approval-expired"
    assert signing.identity.asked == []


@pytest.mark.parametrize("trouble", ["down", "refuses"])
def test_FC14_fault_A11_while_identity_does_not_answer_nothing_is_ordered_and_nothing_stored(signing, trouble):
    signing.identity.down = trouble == "down"
    signing.identity.refusal = 404 if trouble == "refuses" else None
    refused = signing.order()
    assert (refused.status_code, refused.json["code"]) == (503, Unavailable.code)
    assert signing.mandates() == []
    signing.identity.down, signing.identity.refusal = False, None
    assert signing.order().status_code == 201


# ---- the signature comes
def test_FC14_C14_A15_told_twice_it_counts_once(signing):
    order = signing.ordered()
    for _ in range(3):
        signing.tell(signing.completed(order))
    assert len(approvals(signing)) == 1
    signing.tell(signing.failed(order))
    assert signing.mandates() == [("signed", None)]


def lose_inviters_access(signing):
    signing.world.remove(signing.delegate)


def become_member(signing):
    signing.world.grant(
        replace(signing.world.principal(signing.owner.account_id), person_id=signing.acceptor.person_id)
    )


def narrow_approver(signing):
    signing.world.grant(replace(signing.owner, services=frozenset({"water"})), version=2)


def lose_approvers_access(signing):
    signing.world.remove(signing.owner)


def pass_thirty_days(signing):
    signing.world.later(days=30)


def approve_by_click(signing):
    signing.world.approve(signing.delegate, signing.id)


def deny(signing):
    signing.world.deny(signing.delegate, signing.id)


@pytest.mark.parametrize(
    ("happens", "reason", "status"),
    [
        (lose_inviters_access, "invitation-settled", "revoked"),
        (become_member, "invitation-acceptor-is-member", "accepted"),
        (narrow_approver, "invitation-exceeds-own-rights", "accepted"),
        (lose_approvers_access, "invitation-not-allowed", "accepted"),
        (pass_thirty_days, "invitation-approval-expired", "accepted"),
        (approve_by_click, "invitation-settled", "approved"),
        (deny, "invitation-settled", "denied"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_FC14_D3_D4_D6_C7_what_happened_while_one_was_signing_decides(signing, happens, reason, status):
    order = signing.ordered(signing.owner)
    happens(signing)
    before = len(approvals(signing))
    signing.tell(signing.completed(order))
    assert signing.mandates() == [("void", reason)]
    assert signing.world.status(signing.id) == status
    assert len(approvals(signing)) == before
    signing.tell(signing.completed(order))
    assert signing.mandates() == [("void", reason)]


def test_FC14_FC18_why_a_signed_approval_did_not_count_is_said_to_the_signer(signing):
    order = signing.ordered(signing.owner)
    become_member(signing)
    signing.tell(signing.completed(order))
    shown = signing.show(signing.owner)["signature"]
    assert (shown["status"], shown["reason"]) == ("void", "invitation-acceptor-is-member")
    assert shown["detail"].startswith("Personen har redan tillgång")
    assert signing.show()["signature"] is None


def test_FC14_C10_what_was_signed_for_one_acceptor_lets_in_no_other(signing):
    world = signing.world
    order = signing.ordered(signing.owner)
    world.later(days=30)
    token = world.renew(signing.delegate, signing.id)
    world.accept(world.visitor("Nils Exempel", 1970), token)
    signing.tell(signing.completed(order))
    assert signing.mandates() == [("void", "mandate-changed")]
    assert signing.world.status(signing.id) == "accepted"
    assert "ändrades medan du skrev under" in signing.show(signing.owner)["signature"]["detail"]
    assert signing.order(signing.owner).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [{"person_id": UUID(int=7)}, {"document_sha256": "0" * 64}, {"subject_id": UUID(int=7)}],
    ids=["another person", "another document", "another invitation"],
)
def test_FC14_C34_a_signature_of_something_else_approves_nothing(signing, changes):
    signing.tell(signing.completed(signing.ordered(), **changes))
    assert signing.mandates() == [("void", "mandate-changed")]
    assert approvals(signing) == []


@pytest.mark.parametrize(
    "changes", [{"requested_by": "cases"}, {"purpose": "case-submission"}, {"sign_order_id": UUID(int=7)}]
)
def test_FC14_other_services_signatures_and_unknown_ones_are_none_of_ours(signing, changes):
    order = signing.ordered()
    signing.tell(signing.completed(order, **changes))
    signing.tell(signing.failed(order, **changes))
    assert signing.mandates() == [("ordered", None)]
    assert approvals(signing) == []


@pytest.mark.parametrize("reason", list(SignatureFailure))
def test_FC14_one_that_was_not_signed_leaves_the_invitation_and_can_be_tried_again(signing, reason):
    order = signing.ordered()
    signing.tell(signing.failed(order, reason))
    signing.tell(signing.failed(order, reason))
    shown = signing.show()
    assert (shown["status"], shown["may_decide"]) == ("accepted", True)
    assert (shown["signature"]["status"], shown["signature"]["reason"]) == ("not-signed", reason.value)
    second = signing.ordered()
    signing.tell(signing.completed(second))
    assert signing.show()["sign_order_id"] == second["sign_order_id"]


# ---- deciding by a click meanwhile
@pytest.mark.parametrize("act", ["approvals", "denials"])
def test_FC14_D26_a_decision_by_a_click_withdraws_what_nobody_needs_to_sign(signing, act):
    orders = [signing.ordered(), signing.ordered(signing.owner)]
    decided = signing.client.as_(signing.delegate).post(f"{PATH}/{signing.id}/{act}")
    assert decided.status_code == 200
    assert set(signing.identity.withdrawn) == {order["sign_order_id"] for order in orders}


def test_FC14_fault_A11_a_click_does_not_wait_for_identity_and_a_stranger_withdraws_nothing(signing):
    signing.ordered()
    stranger = signing.world.member(signing.owner.account_id)
    refused = signing.client.as_(stranger).post(f"{PATH}/{signing.id}/denials")
    assert refused.json["code"] == "invitation-not-found"
    assert signing.identity.withdrawn == []
    signing.identity.down = True
    assert signing.client.as_(signing.delegate).post(f"{PATH}/{signing.id}/approvals").status_code == 200


# ---- where the operator wants signatures
@pytest.fixture
def strict(settings, database, identity, world):
    """A client of an installation where approvals must be signed."""
    made = create_app(replace(settings, approvals_signed=True), identity=identity)
    made.extensions["chassis"].make_database = lambda _settings: database
    world.keys = replace(world.keys, approvals_signed=True)
    return made


def test_FC14_D4_where_signatures_are_wanted_a_click_is_refused_and_says_how(strict, client, signing):
    signing.client = type(client)(strict, "invitations")
    assert signing.show()["signature_required"] is True
    order = signing.ordered()
    refused = signing.client.as_(signing.delegate).post(f"{PATH}/{signing.id}/approvals")
    assert (refused.status_code, refused.json["code"]) == (409, "approval-signature-required")
    assert "skriv under med BankID" in refused.json["detail"]
    assert signing.identity.withdrawn == [], "the order stays to be signed"
    stranger = signing.world.member(signing.owner.account_id)
    assert signing.client.as_(stranger).post(f"{PATH}/{signing.id}/approvals").json["code"] == "invitation-not-found"
    signing.tell(signing.completed(order))
    assert signing.show()["status"] == "approved"


def test_FC14_T52_denying_takes_no_signature(strict, client, signing):
    signing.client = type(client)(strict, "invitations")
    denied = signing.client.as_(signing.delegate).post(f"{PATH}/{signing.id}/denials")
    assert (denied.status_code, denied.json["status"]) == (200, "denied")


# ---- what is kept
def erase(signing, person_id, *accounts):
    deliver_scoped(
        signing.world.database, SUBSCRIPTIONS, DataRequestKind.ERASURE, person_id=person_id, account_ids=accounts
    )


def test_FC14_B_21_both_sides_get_their_part_and_no_more(signing):
    signing.tell(signing.completed(signing.ordered()))
    for person_id, mine in ((signing.delegate.person_id, True), (signing.acceptor.person_id, False)):
        deliver_scoped(
            signing.world.database, SUBSCRIPTIONS, DataRequestKind.EXPORT, person_id=person_id, account_ids=()
        )
        found = answered(signing.world.database)
        (row,) = found["approvals"]
        assert (row["signed_by_me"], row["gives_me_access"], row["status"]) == (mine, not mine, "signed")
        other = signing.acceptor if mine else signing.delegate
        assert str(other.person_id) not in str(found["approvals"])


@pytest.mark.parametrize("who", ["approver", "acceptor", "account"])
def test_FC14_FJ8_an_erasure_takes_the_document_and_no_proof_is_claimed_that_is_gone(signing, who):
    signing.tell(signing.completed(signing.ordered()))
    person = signing.acceptor if who == "acceptor" else signing.delegate if who == "approver" else signing.owner
    erase(signing, person.person_id, *([signing.owner.account_id] if who == "account" else []))
    assert signing.world.rows("mandate") == []
    rows = [row for row in signing.world.rows() if row["id"] == signing.id]
    assert [row["sign_order_id"] is None for row in rows] == {"approver": [True], "acceptor": [False], "account": []}[
        who
    ]


def test_FC14_FJ8_a_signature_that_comes_after_the_erasure_approves_nothing(signing):
    order = signing.ordered()
    erase(signing, signing.delegate.person_id)
    signing.tell(signing.completed(order))
    assert approvals(signing) == []


def test_FC14_the_account_is_named_by_its_id_where_we_were_told_of_it_before_names_were_kept(signing, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE account SET display_name = NULL"))
    assert f"till kontot {signing.owner.account_id} på" in signing.ordered()["text"]


def test_FC14_every_refusal_of_an_approval_that_still_waits_has_its_words():
    ends_it = {domain.InvitationNotAccepted, domain.InvitationApprovalExpired, domain.InvitationSettled}
    ours = {domain.InvitationMembershipPending}
    assert {error.code for error in set(APPROVING) - ends_it - ours} <= set(REFUSALS)
