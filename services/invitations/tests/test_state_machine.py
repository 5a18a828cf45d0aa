"""Any sequence of acts, people and time, against a model that knows the rules only (state machine 6.1)."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.errors import DomainError
from chassis.testing import empty, told
from contracts import invitations as events
from invitations import domain

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
GROWING = st.sampled_from([HOURS, 23 * HOURS, 71 * HOURS, 72 * HOURS, 29 * DAYS, 30 * DAYS])
AFTER = {"approved", "grant-refused", "denied", "approval-expired"}


class Model:
    """One invitation as the rules have it, in hours since the world began; nothing of our code is used."""

    def __init__(self):
        self.status, self.sent, self.accepted_at, self.acceptor = "sent", timedelta(0), None, None
        self.inviter_in = True
        self.told = ["created"]

    def at(self, now):
        if self.status == "sent" and now - self.sent >= 72 * HOURS:
            return "expired"
        if self.status == "accepted" and now - self.accepted_at >= 30 * DAYS:
            return "approval-expired"
        return self.status


class Invitations(RuleBasedStateMachine):
    """One account: owner, the delegate who invites, two people who have the link."""

    world = None

    @initialize()
    def begin(self):
        empty(self.world.database)
        self.now = timedelta(0)
        self.owner = self.world.owner()
        self.delegate = self.world.member(self.owner.account_id)
        self.people = [self.world.visitor("Märta Exempel", 1993), self.world.visitor("Nils Exempel", 1970)]
        self.id, token = self.world.invite(self.delegate)
        self.links = [token]
        self.model = Model()

    def attempt(self, work, *, allowed, code=None):
        """Do it; it must succeed or be refused exactly as the model says."""
        refused = None
        try:
            work()
        except DomainError as error:
            refused = error.code
        assert (refused is None) == allowed, f"{self.model.at(self.now)}: {refused}"
        assert refused is None or code is None or refused == code

    def link_refusal(self, link, person=None):
        """The code that a link is refused with now; None where it can be answered. ``person`` None: not logged in."""
        status = self.model.at(self.now)
        if link != self.links[-1]:
            return "invitation-link-replaced"
        if status == "sent":
            return None
        if self.model.acceptor is None:
            return f"invitation-{status}"
        if person is not None and person != self.model.acceptor:
            return "invitation-used-by-other"
        if person is not None and status == "grant-refused":
            return "invitation-revoked"
        own = {"denied", "approval-expired", "revoked"}
        return f"invitation-{status}" if person is not None and status in own else "invitation-already-used"

    @rule(time=GROWING)
    def time_passes(self, time):
        self.world.later(hours=int(time / HOURS))
        self.now += time

    @rule()
    def the_job_runs(self):
        self.world.sweep()
        status = self.model.at(self.now)
        if status != self.model.status:
            self.model.told.append("expired")
            self.model.status = status

    @rule(who=st.integers(0, 1), which=st.integers(-1, 1))
    def somebody_accepts(self, who, which):
        link = self.links[which % len(self.links)]
        refusal = self.link_refusal(link, who)
        self.attempt(lambda: self.world.accept(self.people[who], link), allowed=not refusal, code=refusal)
        if not refusal:
            self.model.status, self.model.accepted_at, self.model.acceptor = "accepted", self.now, who
            self.model.told.append("accepted")

    @rule(which=st.integers(-1, 1))
    def somebody_declines(self, which):
        link = self.links[which % len(self.links)]
        refusal = self.link_refusal(link)
        self.attempt(lambda: self.world.decline(link), allowed=not refusal, code=refusal)
        if not refusal:
            self.model.status = "declined"
            self.model.told.append("declined")

    @rule(by_owner=st.booleans(), approve=st.booleans())
    def somebody_decides(self, by_owner, approve):
        may = by_owner or self.model.inviter_in
        allowed = may and self.model.at(self.now) == "accepted"
        act = self.world.approve if approve else self.world.deny
        code = None if may else "invitation-not-found"
        self.attempt(lambda: act(self.owner if by_owner else self.delegate, self.id), allowed=allowed, code=code)
        if allowed:
            self.model.status = "approved" if approve else "denied"
            self.model.told.append(self.model.status)

    @rule()
    def org_registry_refuses(self):
        """The answer to an approval; where there was none it is a stale or foreign event and changes nothing."""
        acceptor = self.people[self.model.acceptor or 0].person_id
        self.world.refuse(self.owner, self.id, acceptor)
        if self.model.status == "approved":
            self.model.status = "grant-refused"
            self.model.told.append("refused")

    @rule(by_owner=st.booleans())
    def somebody_takes_it_back(self, by_owner):
        may = by_owner or self.model.inviter_in
        allowed = may and self.model.at(self.now) == "sent"
        self.attempt(
            lambda: self.world.revoke(self.owner if by_owner else self.delegate, self.id),
            allowed=allowed,
            code=None if may else "invitation-not-found",
        )
        if allowed:
            self.model.status = "revoked"
            self.model.told.append("revoked")

    @rule(by_owner=st.booleans())
    def somebody_renews(self, by_owner):
        self.world.later(hours=25)  # so that no limit is in the way
        self.now += 25 * HOURS
        allowed = self.model.inviter_in and self.model.at(self.now) in {"sent", "expired", "approval-expired"}

        def renew():
            self.links.append(self.world.renew(self.owner if by_owner else self.delegate, self.id))

        self.attempt(renew, allowed=allowed)
        if allowed:
            self.model.status, self.model.sent = "sent", self.now
            self.model.accepted_at = self.model.acceptor = None
            self.model.told.append("created")

    @precondition(lambda self: self.model.inviter_in)
    @rule()
    def the_inviter_loses_access(self):
        self.world.remove(self.delegate)
        self.model.inviter_in = False
        if self.model.at(self.now) in {"sent", "accepted"}:
            self.model.status = "revoked"
            self.model.told.append("revoked")

    @invariant()
    def what_is_shown_and_told_is_what_the_rules_say(self):
        status = self.model.at(self.now)
        shown = self.world.show(self.owner, self.id)
        assert shown.status == status
        named = self.model.acceptor is not None and status in {"accepted", "approved"}
        assert (shown.acceptor is not None) == named
        if named:
            assert shown.acceptor.name == self.people[self.model.acceptor].name
        seen = self.world.look_up(self.links[-1])
        assert seen.status == ("accepted" if status in AFTER else status)
        verbs = [type(event).spec.type.split(".")[2] for event in told(self.world.database)]
        assert verbs == self.model.told
        granted = told(self.world.database, events.InvitationApprovedV1)
        assert len(granted) == (status in {"approved", "grant-refused"})
        assert all(event.acceptor_id == self.people[self.model.acceptor].person_id for event in granted)


@pytest.mark.slow
def test_6_1_every_history_of_an_invitation_is_a_legal_one(world):
    machine = type("Machine", (Invitations,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_and_the_table_speak_of_the_same_states():
    assert {status.value for status in domain.Status} >= AFTER
