"""Whatever people do at the same moment, it must be as if they had done it one after the other (C48, C7, C14).

The oracle is a model that knows the rules only. What really happened (who was told yes, the state, the events in their
order) has to be what the model says for one of the possible orders.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.errors import DomainError, Unavailable
from chassis.testing import Database, deliver, empty, told
from invitations import usecases
from invitations.consumers import SUBSCRIPTIONS

RACES = 100
"""For each pair that the table of attacks names."""
MOST = 4


@dataclass(frozen=True)
class Model:
    """One invitation by the rules: state, newest link, whether the inviter is in, and what has been told."""

    status: str = "sent"
    link: int = 0
    inviter_in: bool = True
    told: tuple[str, ...] = ()

    def step(self, act):  # noqa: PLR0911 - a line for each act
        """Returns whether it is done, and what is then."""
        open_link = self.status == "sent" and self.link == 0
        match act:
            case "accept" | "accept too":
                return self._done(open_link and self.inviter_in, "accepted", "accepted")
            case "decline":
                return self._done(open_link, "declined", "declined")
            case "revoke":
                return self._done(self.status == "sent", "revoked", "revoked")
            case "renew":
                return self._done(self.status == "sent" and self.inviter_in, "sent", "created", link=self.link + 1)
            case "approve" | "approve too":
                return self._done(self.status == "accepted" and self.inviter_in, "approved", "approved")
            case "deny":
                return self._done(self.status == "accepted", "denied", "denied")
            case "refuse":
                return True, self._done(self.status == "approved", "grant-refused", "refused")[1]
            case "inviter removed":
                void = self.status in {"sent", "accepted"}
                after = self._done(void, "revoked", "revoked")[1]
                return True, replace(after, inviter_in=False)
        raise AssertionError(act)

    def _done(self, allowed, status, word, **changes):
        if not allowed:
            return False, self
        return True, replace(self, status=status, told=(*self.told, word), **changes)


ACTS = (
    "accept",
    "accept too",
    "decline",
    "revoke",
    "renew",
    "approve",
    "approve too",
    "deny",
    "refuse",
    "inviter removed",
)


def histories(start, acts):
    """What may come of doing ``acts``, in every order: (who was told yes, state, events)."""
    possible = set()
    for order in permutations(range(len(acts))):
        model, yes = start, {}
        for place in order:
            yes[place], model = model.step(acts[place])
        possible.add((tuple(yes[place] for place in range(len(acts))), model.status, model.told))
    return possible


@pytest.fixture
def pool(world):
    """Threads and connections that wait for their start."""
    wide = Database(replace(world.settings, web_threads=MOST))
    with ThreadPoolExecutor(MOST) as threads:
        yield threads, wide
    wide.dispose()


class Race:
    """A fresh account with an owner, a signatory, a delegate who invites, and two people with the link."""

    number = 0

    def __init__(self, world, pool, start):
        Race.number += 1
        self.world, (self.threads, self.database) = world, pool
        self.owner = world.owner()
        self.signatory = world.member(self.owner.account_id, "signatory")
        self.delegate = world.member(self.owner.account_id)
        self.people = world.visitor(), world.visitor()
        self.id, self.token = world.invite(self.delegate, f"a{Race.number}@exempel.se")
        self.model = Model()
        for act in start:
            self.work(act)(world.database)
            self.model = self.model.step(act)[1]
        self.before = len(self.told())

    def told(self):
        events = [event for event in told(self.world.database) if getattr(event, "invitation_id", None) == self.id]
        return [type(event).spec.type.split(".")[2] for event in events]

    def work(self, act):  # noqa: PLR0911 - a line for each act
        world, link = self.world, usecases.Link(token=self.token)
        match act:
            case "accept" | "accept too":
                who = self.people[act.endswith("too")]
                return lambda database: world.accept(who, self.token, database=database)
            case "decline":
                return lambda database: world.does(None, usecases.decline_invitation, link, database=database)
            case "revoke":
                return lambda database: world.does(self.owner, usecases.revoke_invitation, self.id, database=database)
            case "renew":
                return lambda database: world.does(
                    self.owner, usecases.renew_invitation, self.id, world.keys, database=database
                )
            case "approve" | "approve too":
                who = self.signatory if act.endswith("too") else self.owner
                return lambda database: world.approve(who, self.id, database=database)
            case "deny":
                return lambda database: world.does(self.signatory, usecases.deny_invitation, self.id, database=database)
            case "refuse":
                event = world.refusal(self.owner, self.id, self.people[0].person_id)
                return lambda database: deliver(database, SUBSCRIPTIONS, event)
            case "inviter removed":
                event = world.removed(self.delegate)
                return lambda database: deliver(database, SUBSCRIPTIONS, event, version=2)
        raise AssertionError(act)

    def run(self, acts):
        """Do all at the same moment; what came of it must be one of the legal histories."""
        barrier = threading.Barrier(len(acts))

        def go(work):
            barrier.wait(20)
            try:
                work(self.database)
            except DomainError as error:
                return error
            return None

        refusals = list(self.threads.map(go, [self.work(act) for act in acts]))
        # "Busy, try again" has done nothing: the history is that of the others.
        counted = [place for place, error in enumerate(refusals) if type(error) is not Unavailable]
        happened = (
            tuple(refusals[place] is None for place in counted),
            self.world.status(self.id),
            (*self.model.told, *self.told()[self.before :]),
        )
        legal = histories(self.model, [acts[place] for place in counted])
        assert happened in legal, f"{acts}: {happened} is none of {sorted(legal)}"


START = {"sent": (), "accepted": ("accept",), "approved": ("accept", "approve")}


@pytest.mark.parametrize(
    ("start", "acts"),
    [
        ("accepted", ("approve", "approve too")),
        ("accepted", ("approve", "deny")),
        ("accepted", ("approve", "inviter removed")),
        ("sent", ("accept", "accept too")),
        ("sent", ("accept", "revoke")),
        ("sent", ("accept", "renew")),
        ("sent", ("accept", "inviter removed")),
        ("approved", ("refuse", "inviter removed")),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value).replace(" ", "-"),
)
@pytest.mark.slow
def test_C48_C7_a_hundred_races_of_each_pair_are_each_one_legal_history(world, pool, database, start, acts):
    for _ in range(RACES):
        Race(world, pool, START[start]).run(acts)
        empty(database)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(sorted(START)), acts=st.lists(st.sampled_from(ACTS), min_size=2, max_size=MOST, unique=True)
)
def test_C48_C14_whatever_is_done_at_once_is_one_legal_history(world, pool, database, start, acts):
    try:
        Race(world, pool, START[start]).run(acts)
    finally:
        empty(database)


def test_C48_the_same_post_many_times_at_once_is_one_invitation(client, world):
    owner = client.as_(world.owner())
    barrier = threading.Barrier(8)

    def post(_):
        barrier.wait(20)
        return owner.post("/v1/invitations", {"email": "karin@exempel.se"}, key="0195c0de-0000-7000-8000-000000000001")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert len(world.rows()) == 1
    codes = {answer.json["code"] for answer in answers if answer.status_code == 409}
    assert codes <= {"idempotency-in-flight"}


def test_C48_the_model_itself_refuses_what_the_rules_refuse():
    """So that the oracle above is not one that says yes to everything."""
    assert histories(Model(), ("accept", "accept too")) == {
        ((True, False), "accepted", ("accepted",)),
        ((False, True), "accepted", ("accepted",)),
    }
    assert histories(Model(status="accepted"), ("approve", "inviter removed")) == {
        ((True, True), "approved", ("approved",)),
        ((False, True), "revoked", ("revoked",)),
    }
