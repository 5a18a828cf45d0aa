from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.ids import new_id, new_secret
from chassis.testing import empty
from identity.domain import logins as rules
from identity.domain.bankid import Completed, Failed, Order, Pending, Renewed, Trouble
from identity.domain.errors import LoginNotFound
from identity.usecases import logins as usecases

KARIN = "199908072391"


def order():
    return Order(order_ref=str(new_id()), auto_start_token="auto", qr_start_token="token", qr_start_secret=new_secret())


def completed(**changes):
    values = {
        "personal_number": KARIN,
        "name": "Karin Test Persson",
        "given_name": "Karin",
        "surname": "Test Persson",
        "device_address": "198.51.100.7",
        "risk": "low",
        "evidence": b"{}",
    }
    return Completed(**(values | changes))


class World:
    """One login in one browser, with BankID's answers put in by hand."""

    def __init__(self, database, keys, device="other"):
        self.database, self.keys = database, keys
        self.command = usecases.StartLogin(
            login_id=new_id(),
            pre_token=new_secret(),
            nonce=new_secret() if device == "same" else None,
            order=order(),
            device=device,
            platform="computer",
            locale="sv",
            visible_data=rules.visible_data("sv"),
            return_path=None,
            start_address="198.51.100.7",
            device_hash="d",
            launch_base="",
        )
        with database.transaction() as tx:
            usecases.start_login(tx, self.command)

    def passes(self, seconds):
        columns = ("order_started_at", "collected_at", "collecting_since", "returned_at", "completed_at", "created_at")
        changes = ", ".join(f"{name} = {name} - make_interval(secs => :seconds)" for name in columns)
        with self.database.engine.begin() as connection:
            connection.execute(text(f"UPDATE login SET {changes}"), {"seconds": seconds})  # noqa: S608 - our own names

    def claim(self, pre_token=None):
        with self.database.transaction() as tx:
            return usecases.claim_collect(tx, self.command.login_id, pre_token or self.command.pre_token)

    def follow(self, claim=None, outcome=None, *, pre_token=None):
        command = usecases.FollowLogin(
            login_id=self.command.login_id,
            pre_token=pre_token or self.command.pre_token,
            claim=claim,
            outcome=outcome,
        )
        with self.database.transaction() as tx:
            return usecases.follow_login(tx, self.keys, command)

    def come_back(self, nonce=None, pre_token=None):
        with self.database.transaction() as tx:
            usecases.note_return(
                tx, self.command.login_id, pre_token or self.command.pre_token, nonce or self.command.nonce or "none"
            )

    def cancel(self):
        with self.database.transaction() as tx:
            return usecases.cancel_login(tx, self.command.pre_token, self.command.login_id)

    def count(self, table):
        with self.database.read() as tx:
            return tx.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - our own names


@pytest.fixture
def world(database, keys):
    return World(database, keys)


def test_nobody_may_ask_before_two_seconds_have_passed_nor_while_somebody_asks(world):
    assert world.claim() is None
    world.passes(2)
    claim = world.claim()
    assert claim.order_ref == world.command.order.order_ref
    world.passes(5)
    assert world.claim() is None
    world.follow(claim, Pending(hint_code="userSign"))


def test_C15_an_answer_that_comes_after_the_claim_was_taken_over_is_not_written_down(world):
    world.passes(2)
    slow = world.claim()
    world.passes(16)
    fast = world.claim()
    assert world.follow(fast, Failed(hint_code="userCancel")).view.status == "failed"
    late = world.follow(slow, completed())
    assert late.view.status == "failed"
    assert late.session_token is None
    assert (world.count("session"), world.count("person"), world.count("evidence")) == (0, 0, 0)


def test_C15_an_answer_is_not_written_down_while_another_has_taken_the_claim_over(world):
    world.passes(2)
    slow = world.claim()
    world.passes(16)
    fast = world.claim()
    assert world.follow(slow, completed()).view.status == "pending"
    assert world.count("session") == 0
    assert world.follow(fast, completed()).view.status == "complete"


def test_C16_the_nonce_is_spent_by_the_first_return_even_before_bankid_is_done(database, keys):
    world = World(database, keys, "same")
    world.come_back()
    with pytest.raises(LoginNotFound):
        world.come_back()


def test_C16_another_browser_does_not_reap_a_login_that_is_ready(database, keys):
    world = World(database, keys, "same")
    world.passes(2)
    assert world.follow(world.claim(), completed()).view.status == "awaiting-return"
    world.come_back()
    with pytest.raises(LoginNotFound):
        world.follow(pre_token=new_secret())
    assert world.count("session") == 0
    assert world.follow().session_token


def test_C15_an_answer_about_the_order_before_the_renewal_is_not_written_down(world):
    world.passes(2)
    claim = world.claim()
    world.follow(claim, Renewed(order=order()))
    assert world.follow(claim, completed()).view.status == "pending"
    assert world.count("session") == 0


def test_an_answer_that_comes_after_the_cancelling_logs_nobody_in(world):
    world.passes(2)
    claim = world.claim()
    assert world.cancel() == world.command.order.order_ref
    assert world.cancel() is None
    followed = world.follow(claim, completed())
    assert (followed.view.status, followed.view.message.code) == ("failed", "RFA6")
    assert world.count("session") == 0


def test_the_qr_secrets_are_gone_when_the_login_is_over(world, database):
    world.passes(2)
    world.follow(world.claim(), completed())
    with database.read() as tx:
        row = tx.session.execute(
            text("SELECT auto_start_token, qr_start_token, qr_start_secret, nonce_hash FROM login")
        ).one()
    assert set(row) == {None}


def test_one_person_two_logins_at_once_two_sessions(world, database, keys):
    other = World(database, keys)
    for each in (world, other):
        each.passes(2)
    claims = [world.claim(), other.claim()]
    assert [
        each.follow(claim, completed()).view.status for each, claim in zip((world, other), claims, strict=True)
    ] == ["complete"] * 2
    assert (world.count("person"), world.count("session")) == (1, 2)


@pytest.mark.parametrize("pre_token", [None, "", "somebody-elses"])
def test_C16_without_the_right_cookie_there_is_no_login(world, pre_token, keys, database):
    command = usecases.FollowLogin(login_id=world.command.login_id, pre_token=pre_token)
    with pytest.raises(LoginNotFound), database.transaction() as tx:
        usecases.follow_login(tx, keys, command)
    with pytest.raises(LoginNotFound), database.transaction() as tx:
        usecases.note_return(tx, world.command.login_id, pre_token, "nonce")
    with pytest.raises(LoginNotFound), database.transaction() as tx:
        usecases.cancel_login(tx, pre_token, world.command.login_id)


def test_an_unknown_risk_word_is_no_refusal_and_high_is(world):
    world.passes(2)
    assert world.follow(world.claim(), completed(risk="new-word")).view.status == "complete"


OUTCOMES = {
    "pending": Pending(hint_code="userSign"),
    "failed": Failed(hint_code="userCancel"),
    "trouble": Trouble(error_code="unreachable", passing=True),
    "end": Trouble(error_code="internalError", passing=False),
    "complete": completed(),
    "high": completed(risk="high"),
}
STEPS = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(sorted(OUTCOMES))),
    st.tuples(st.just("late answer"), st.sampled_from(sorted(OUTCOMES))),
    st.tuples(st.just("poll"), st.just("")),
    st.tuples(st.just("renew"), st.just("")),
    st.tuples(st.just("return"), st.sampled_from(["right", "wrong nonce", "other browser"])),
    st.tuples(st.just("cancel"), st.just("")),
    st.tuples(st.just("time"), st.sampled_from(["2", "16", "200", "700"])),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(device=st.sampled_from(["other", "same"]), steps=st.lists(STEPS, max_size=12))
def test_C16_whatever_happens_in_whatever_order_a_login_gives_at_most_one_session_and_only_to_its_browser(
    database, keys, device, steps
):
    empty(database)
    world, came_back, tokens, over, claims = World(database, keys, device), False, 0, False, []
    stranger = new_secret()
    for step, what in steps:
        before = tokens
        if step == "time":
            world.passes(int(what))
        elif step == "cancel":
            over = world.cancel() is not None or over
        elif step == "return":
            try:
                world.come_back(
                    nonce="wrong" if what == "wrong nonce" else None,
                    pre_token=stranger if what == "other browser" else None,
                )
            except LoginNotFound:
                continue
            assert what == "right"
            came_back = True
        else:
            claim = world.claim()
            if claim:
                claims.append(claim)
            if step == "late answer" and claims:
                claim = claims[0]
            outcome = Renewed(order=order()) if step == "renew" else OUTCOMES.get(what)
            followed = world.follow(claim, outcome if claim else None)
            tokens += followed.session_token is not None
            if followed.session_token:
                assert not over, "a cancelled login was completed"
                assert device == "other" or came_back, "a poll alone logged a same-device login in"
        with pytest.raises(LoginNotFound):
            world.follow(pre_token=stranger)
        assert tokens <= 1
        assert world.count("session") == tokens >= before
    assert world.count("evidence") <= 1


def test_the_rules_know_their_own_limits():
    assert rules.COLLECT_STUCK_AFTER.total_seconds() > 2 * 6, "longer than a collect and a renewal with all time-outs"
    assert replace(completed(), risk=None).risk is None
