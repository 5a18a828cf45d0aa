"""The states of a power of attorney: the table, and a machine that does whatever it likes to one."""

import dataclasses
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.ids import new_id, utcnow
from contracts.org_registry import MembershipGrantedV1, MembershipRemovedV1, PowerOfAttorneyDecidedV1
from org_registry.domain.power_errors import (
    ChecklistIncomplete,
    DocumentMissing,
    DocumentNotScanned,
    OwnPowerOfAttorney,
    PowerOfAttorneyState,
    PowerOfAttorneyTaken,
)
from org_registry.domain.powers import (
    CHECKLIST,
    MOVES,
    Action,
    Channel,
    Document,
    Power,
    PowerStatus,
    Scan,
    after,
    check_approval,
    check_reviewer,
    check_submission,
)

S = PowerStatus
ALLOWED = {
    (Action.SUBMIT, S.DRAFT): S.SUBMITTED,
    (Action.SUBMIT, S.NEEDS_COMPLETION): S.SUBMITTED,
    (Action.COMPLETE, S.NEEDS_COMPLETION): S.SUBMITTED,
    (Action.TAKE, S.SUBMITTED): S.UNDER_REVIEW,
    (Action.TAKE, S.UNDER_REVIEW): S.UNDER_REVIEW,
    (Action.APPROVE, S.UNDER_REVIEW): S.APPROVED,
    (Action.REJECT, S.UNDER_REVIEW): S.REJECTED,
    (Action.ASK, S.UNDER_REVIEW): S.NEEDS_COMPLETION,
    (Action.WITHDRAW, S.DRAFT): S.WITHDRAWN,
    (Action.WITHDRAW, S.SUBMITTED): S.WITHDRAWN,
    (Action.WITHDRAW, S.NEEDS_COMPLETION): S.WITHDRAWN,
    (Action.EXPIRE, S.APPROVED): S.EXPIRED,
    (Action.REVOKE, S.APPROVED): S.REVOKED,
}
TICKED = dict.fromkeys(CHECKLIST, True)
STAFF = new_id()


def power(**changes):
    base = Power(
        id=new_id(),
        organisation_index=b"",
        organisation_sealed=b"",
        organisation_name="Sjöstadens IF",
        administrator_id=new_id(),
        details_sealed=b"",
        locale="sv",
        channel=Channel.DIGITAL,
        registered_by=None,
        status=S.DRAFT,
        reviewer_id=None,
        checked=None,
        reason=None,
        message=None,
        ends_on=None,
        account_id=None,
        membership_id=None,
        document=None,
        created_at=utcnow(),
        submitted_at=None,
        asked_at=None,
        decided_at=None,
        ended_at=None,
        version=1,
    )
    return dataclasses.replace(base, **changes)


def document(scan=Scan.CLEAN, added_at=None):
    return Document(
        id=new_id(), media_type="application/pdf", size=1, scan=scan, added_by=STAFF, added_at=added_at or utcnow()
    )


@pytest.mark.parametrize("action", list(MOVES), ids=str)
@pytest.mark.parametrize("status", list(S), ids=str)
def test_D13_B_05_only_the_moves_of_the_table_are_possible(action, status):
    if (action, status) in ALLOWED:
        assert after(action, status) is ALLOWED[action, status]
    else:
        with pytest.raises(PowerOfAttorneyState):
            after(action, status)


def test_D13_an_answer_to_a_question_needs_a_document_newer_than_the_question():
    asked = utcnow()
    waiting = power(status=S.NEEDS_COMPLETION, asked_at=asked)
    for added in (asked - timedelta(seconds=1), asked):
        with pytest.raises(DocumentMissing):
            check_submission(dataclasses.replace(waiting, document=document(added_at=added)))
    newer = document(added_at=asked + timedelta(microseconds=1))
    assert check_submission(dataclasses.replace(waiting, document=newer)) is S.SUBMITTED


def test_C27_a_document_that_is_malware_counts_as_none():
    with pytest.raises(DocumentMissing):
        check_submission(power(document=document(Scan.INFECTED)))
    assert check_submission(power(document=document(Scan.PENDING))) is S.SUBMITTED


@pytest.mark.parametrize(
    ("changes", "ticked", "refusal"),
    [
        ({}, TICKED, None),
        ({"document": document(Scan.NOT_SCANNED)}, TICKED, None),
        ({"document": document(Scan.PENDING)}, TICKED, DocumentNotScanned),
        ({"document": document(Scan.INFECTED)}, TICKED, DocumentMissing),
        ({"document": None}, TICKED, DocumentMissing),
        ({"administrator_id": STAFF}, TICKED, OwnPowerOfAttorney),
        ({"reviewer_id": new_id()}, TICKED, PowerOfAttorneyTaken),
        ({"status": S.SUBMITTED}, TICKED, PowerOfAttorneyState),
        ({}, {}, ChecklistIncomplete),
        ({}, {**TICKED, "dates": False}, ChecklistIncomplete),
    ],
    ids=[
        "right",
        "no scanner",
        "pending",
        "malware",
        "no document",
        "own",
        "taken",
        "not taken",
        "unchecked",
        "a line",
    ],
)
def test_FK8_what_approval_asks_for(changes, ticked, refusal):
    ready = power(status=S.UNDER_REVIEW, reviewer_id=STAFF, document=document(), submitted_at=utcnow())
    ready = dataclasses.replace(ready, **changes)
    if refusal is None:
        assert check_approval(ready, STAFF, ticked) is S.APPROVED
    else:
        with pytest.raises(refusal):
            check_approval(ready, STAFF, ticked)


def test_D13_the_own_is_refused_before_anything_else():
    with pytest.raises(OwnPowerOfAttorney):
        check_reviewer(power(status=S.UNDER_REVIEW, reviewer_id=new_id(), administrator_id=STAFF), STAFF)


@pytest.mark.slow
def test_D13_whatever_is_done_in_whatever_order_the_states_and_the_access_stay_true(powers, world):
    """Every answer is as a model of a few lines says; a membership is there exactly while one is approved."""

    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.person, self.clerks = powers.person(), [powers.staff(), powers.staff()]
            self.power = powers.create(self.person).json["id"]
            self.status, self.reviewer, self.fresh, self.steps = "draft", None, False, 1
            self.granted = self.removed = self.decided = 0
            self.before = Counter(
                granted=len(world.told(MembershipGrantedV1)),
                removed=len(world.told(MembershipRemovedV1)),
                decided=len(world.told(PowerOfAttorneyDecidedV1)),
            )

        def met(self, answer, right, status=None):
            assert (answer.status_code in {200, 204}) == right, (self.status, answer.status_code, answer.data)
            if right and status is not None:
                self.status = status
            if not right:
                assert answer.status_code in {403, 409}

        @rule()
        def add(self):
            world.change("TRUNCATE power_upload")
            right = self.status in {"draft", "needs-completion"}
            self.met(powers.do(self.person, self.power, "document"), right)
            self.fresh = self.fresh or right

        @rule()
        def submit(self):
            right = self.status in {"draft", "needs-completion"} and self.fresh
            self.met(powers.do(self.person, self.power, "submissions"), right, "submitted")
            if right:
                self.reviewer = None

        @rule()
        def withdraw(self):
            right = self.status in {"draft", "submitted", "needs-completion"}
            self.met(powers.do(self.person, self.power, "withdraw"), right, "withdrawn")

        @precondition(lambda self: self.status != "draft" and self.reachable())
        @rule(clerk=st.integers(0, 1))
        def take(self, clerk):
            right = self.status in {"submitted", "under-review"}
            self.met(powers.review(self.clerks[clerk], self.power), right, "under-review")
            if right:
                self.reviewer = clerk

        def reachable(self):
            # A draft that was withdrawn was never sent in: customer service does not find it.
            return self.status != "withdrawn" or self.sent_in()

        def sent_in(self):
            return powers.do(self.person, self.power, "get").json["submitted_at"] is not None

        @precondition(lambda self: self.status != "draft" and self.reachable())
        @rule(clerk=st.integers(0, 1), what=st.sampled_from(["approve", "reject", "ask"]))
        def decide(self, clerk, what):
            right = self.status == "under-review" and self.reviewer == clerk
            answer = getattr(powers, what)(self.clerks[clerk], self.power)
            target = {"approve": "approved", "reject": "rejected", "ask": "needs-completion"}[what]
            self.met(answer, right, target)
            if right:
                self.decided += 1
                self.granted += what == "approve"
                self.fresh = self.fresh and what != "ask"

        @precondition(lambda self: self.status != "draft" and self.reachable())
        @rule(clerk=st.integers(0, 1))
        def revoke(self, clerk):
            right = self.status == "approved"
            self.met(powers.revoke(self.clerks[clerk], self.power), right, "revoked")
            self.removed += right

        @invariant()
        def the_state_is_the_models(self):
            if not hasattr(self, "power"):
                return
            shown = powers.do(self.person, self.power, "get").json
            assert shown["status"] == self.status
            statuses = [step["status"] for step in shown["history"]]
            assert (statuses[0], statuses[-1]) == ("draft", self.status)
            accounts = world.accounts(self.person)["items"]
            assert bool(accounts) == (self.status == "approved")

        def teardown(self):
            if not hasattr(self, "power"):
                return
            counted = {
                "granted": len(world.told(MembershipGrantedV1)),
                "removed": len(world.told(MembershipRemovedV1)),
                "decided": len(world.told(PowerOfAttorneyDecidedV1)),
            }
            found = {name: counted[name] - self.before[name] for name in counted}
            assert found == {"granted": self.granted, "removed": self.removed, "decided": self.decided}

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
