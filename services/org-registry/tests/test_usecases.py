"""Numbers at rest, joint signatories, jobs, and the gateway's one statement."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import event as sql

from chassis import jobs
from chassis.ids import new_id
from chassis.jobs import JobContext
from chassis.settings import SettingsError
from contracts.org_registry import AccountOpenedV1, MembershipGrantedV1, MembershipRemovedV1, RemovalReason
from org_registry import app as composition
from org_registry.domain.errors import GrantNotFound, NotSignatory, TooManyCompanyAttempts
from org_registry.domain.numbers import ProtectedNumber
from org_registry.domain.register import Outcome
from org_registry.usecases import accounts, companies
from org_registry.usecases.companies import OpenCompanyAccount, open_company_account
from org_registry.usecases.vault import NumberVault

KEY = base64.b64encode(b"1" * 32).decode()
OTHER = base64.b64encode(b"2" * 32).decode()
NUMBER = "5520000026"


# --- numbers


def test_D23_a_protected_number_is_found_again_and_read_only_with_the_key():
    vault = NumberVault(key=KEY, pepper=KEY)
    first, second = vault.protect(NUMBER), vault.protect(NUMBER)
    assert first.index == second.index
    assert first.sealed != second.sealed
    assert vault.reveal(first) == vault.reveal(second) == NUMBER
    assert NUMBER.encode() not in first.sealed + first.index
    with pytest.raises(ValueError, match="cannot be read"):
        NumberVault(key=OTHER, pepper=KEY).reveal(first)


def test_D23_a_protected_number_cannot_be_changed_or_moved_to_another_row():
    vault = NumberVault(key=KEY, pepper=KEY)
    mine, other = vault.protect(NUMBER), vault.protect("5520000018")
    for sealed in (mine.sealed[:-1] + b"\0", b"\x02" + mine.sealed[1:], b"", other.sealed):
        with pytest.raises(ValueError, match="cannot be read"):
            vault.reveal(ProtectedNumber(index=mine.index, sealed=sealed))


def test_D23_the_pepper_decides_the_index_and_repr_hides_the_rest():
    number = NumberVault(key=KEY, pepper=KEY).protect(NUMBER)
    assert number.index != NumberVault(key=KEY, pepper=OTHER).protect(NUMBER).index
    assert "sealed" not in repr(number)


def test_D10_a_combination_has_one_name_for_everybody_in_it():
    vault = NumberVault(key=KEY, pepper=KEY)
    name = vault.combination(b"i", ["a", "b"])
    assert name == vault.combination(b"i", {"b", "a"})
    assert name not in {vault.combination(b"j", ["a", "b"]), vault.combination(b"i", ["a", "b", "c"])}


@pytest.mark.parametrize("bad", ["", "x", base64.b64encode(b"short").decode(), KEY + "!"])
def test_bad_keys_stop_the_process_with_one_line_that_does_not_quote_them(bad):
    for options in ({"key": bad, "pepper": KEY}, {"key": KEY, "pepper": bad}):
        with pytest.raises(SettingsError, match="must be base64 of 32 bytes") as refused:
            NumberVault(**options)
        assert not bad or bad not in str(refused.value)


# --- joint signatories


def joint(world, vault, who, *groups, number=NUMBER, name="Norrskogens Fastigheter AB"):
    protected = vault.protect(number)
    with world.database.transaction(principal=who) as tx:
        return open_company_account(
            tx,
            OpenCompanyAccount(
                number=protected,
                outcome=Outcome.NEEDS_COSIGNATORY,
                name=name,
                combinations={vault.combination(protected.index, group): len(group) for group in groups},
            ),
        )


def members(world):
    return {
        row["person_id"]: row["role"]
        for row in world.rows("SELECT person_id, role FROM membership WHERE removed_at IS NULL")
    }


def test_D10_B_06_FB7_the_first_of_two_waits_and_the_second_opens_for_both(world, vault):
    a, b = world.person(), world.person()
    waiting = joint(world, vault, a, "AB")
    assert (waiting.status, waiting.account_id) == ("waiting-cosignatory", None)
    assert not members(world)
    assert not world.told(AccountOpenedV1)
    opened = joint(world, vault, b, "AB")
    assert opened.status == "opened"
    assert members(world) == {a.person_id: "signatory", b.person_id: "signatory"}
    assert len(world.told(AccountOpenedV1)) == 1
    assert len(world.told(MembershipGrantedV1)) == 2


def test_D10_the_same_person_twice_is_one_signature(world, vault):
    a = world.person()
    first, second = joint(world, vault, a, "AB"), joint(world, vault, a, "AB")
    assert second.status == "waiting-cosignatory"
    assert second.confirm_before == first.confirm_before
    assert not members(world)


def test_D10_signatories_of_different_combinations_do_not_open(world, vault):
    assert joint(world, vault, world.person(), "AB").status == "waiting-cosignatory"
    assert joint(world, vault, world.person(), "CD").status == "waiting-cosignatory"
    assert not members(world)


def test_D10_three_who_sign_together_are_all_needed(world, vault):
    a, b, c = world.person(), world.person(), world.person()
    assert joint(world, vault, a, "ABC").status == "waiting-cosignatory"
    assert joint(world, vault, b, "ABC").status == "waiting-cosignatory"
    assert joint(world, vault, c, "ABC").status == "opened"
    assert set(members(world)) == {a.person_id, b.person_id, c.person_id}


def test_D10_a_confirmation_counts_for_ninety_days_and_not_a_moment_longer(world, vault):
    a, b = world.person(), world.person()
    joint(world, vault, a, "AB")
    [row] = world.rows("SELECT expires_at - confirmed_at AS time FROM signing_confirmation")
    assert row["time"] == timedelta(days=90)
    world.change("UPDATE signing_confirmation SET expires_at = now()")
    assert joint(world, vault, b, "AB").status == "waiting-cosignatory"
    assert joint(world, vault, a, "AB").status == "opened"


def test_D9_D10_a_further_joint_signatory_needs_a_cosignature_too(world, vault):
    a, b, c, d = (world.person() for _ in range(4))
    joint(world, vault, a, "AB", "AC")
    joint(world, vault, b, "AB", "BC")
    assert joint(world, vault, d, "DE").status == "waiting-cosignatory"
    assert joint(world, vault, c, "AC", "BC").status == "opened"
    assert d.person_id not in members(world)
    assert set(members(world)) == {a.person_id, b.person_id, c.person_id}
    assert joint(world, vault, a, "AB").status == "opened"
    assert len(world.told(AccountOpenedV1)) == 1


def test_D9_a_joint_signatory_who_asks_again_when_the_confirmations_are_old_is_still_one(world, vault):
    a, b = world.person(), world.person()
    joint(world, vault, a, "AB")
    account = joint(world, vault, b, "AB").account_id
    world.change("UPDATE signing_confirmation SET expires_at = now()")
    assert joint(world, vault, a, "AB").account_id == account
    assert len(world.told(MembershipGrantedV1)) == 2


def test_D10_both_at_the_same_moment_open_one_account(world, vault):
    for number in ("5520000018", "5520000026", "5520000034", "5520000042", "5520000059"):
        a, b = world.person(), world.person()
        results = world.together(
            lambda a=a, number=number: joint(world, vault, a, "AB", number=number),
            lambda b=b, number=number: joint(world, vault, b, "AB", number=number),
        )
        assert sorted(result.status for result in results) == ["opened", "waiting-cosignatory"]
        assert {a.person_id, b.person_id} <= set(members(world))
    assert len(world.told(AccountOpenedV1)) == 5


def run_job(world, settings, name):
    jobs.run(composition.JOBS.get(name), JobContext(world.database, settings))


def test_D10_what_nobody_joined_in_ninety_days_is_forgotten(world, vault, settings):
    joint(world, vault, world.person(), "AB")
    run_job(world, settings, "drop-lapsed-confirmations")
    assert len(world.rows("SELECT 1 FROM account")) == 1
    world.change("UPDATE signing_confirmation SET expires_at = now() - interval '1 second'")
    run_job(world, settings, "drop-lapsed-confirmations")
    assert not world.rows("SELECT id FROM account UNION ALL SELECT id FROM organisation")
    assert not world.rows("SELECT 1 FROM signing_confirmation")


def test_D10_forgetting_keeps_open_accounts_and_customers(world, vault, settings):
    a, b = world.person(), world.person()
    joint(world, vault, a, "AB")
    joint(world, vault, b, "AB")
    joint(world, vault, world.person(), "AB", number="5520000018")
    world.deliver(world.organisation("K-1", "5520000018"))
    world.change("UPDATE signing_confirmation SET expires_at = now()")
    run_job(world, settings, "drop-lapsed-confirmations")
    assert [row["status"] for row in world.rows("SELECT status FROM account")] == ["open"]
    assert len(world.rows("SELECT 1 FROM organisation")) == 2
    assert set(members(world)) == {a.person_id, b.person_id}


def test_D10_forgetting_and_confirming_at_once_lose_no_confirmation(world, vault, settings):
    for _ in range(8):
        late, a, b = world.person(), world.person(), world.person()
        joint(world, vault, late, "LM")
        world.change("UPDATE signing_confirmation SET expires_at = now() WHERE person_id = :p", p=late.person_id)
        results = world.together(
            lambda: run_job(world, settings, "drop-lapsed-confirmations"), lambda a=a: joint(world, vault, a, "AB")
        )
        assert not [result for result in results if isinstance(result, Exception)]
        assert joint(world, vault, b, "AB").status == "opened"
        assert set(members(world)) == {a.person_id, b.person_id}
        world.change("TRUNCATE account, organisation, membership, customer, signing_confirmation CASCADE")


def opened(world, vault, who, number="5520000018"):
    with world.database.transaction(principal=who) as tx:
        return open_company_account(
            tx, OpenCompanyAccount(number=vault.protect(number), outcome=Outcome.OPENS, name="AB")
        )


def test_D9_linking_twice_keeps_the_account_and_its_delegations_and_adds_the_signatory(world, vault):
    a, b = world.person(), world.person()
    account = opened(world, vault, a).account_id
    delegate = world.let_in(world.acting(a.person_id, account))
    assert opened(world, vault, a).account_id == account
    assert opened(world, vault, b).account_id == account
    assert members(world) == {a.person_id: "signatory", b.person_id: "signatory", delegate.person_id: "delegate"}
    assert len(world.told(AccountOpenedV1)) == 1
    assert len(world.told(MembershipGrantedV1)) == 3


def test_D9_a_delegate_whom_the_register_knows_becomes_signatory(world, vault):
    a = world.person()
    account = opened(world, vault, a).account_id
    delegate = world.let_in(world.acting(a.person_id, account), read_only=True)
    opened(world, vault, delegate)
    again = world.told(MembershipGrantedV1)[-1]
    assert (again.membership_id, again.role, again.read_only) == (delegate.membership_id, "signatory", False)
    versions = world.rows("SELECT version FROM outbox WHERE subject = :id ORDER BY seq", id=str(again.membership_id))
    assert [row["version"] for row in versions] == [1, 2]


def test_D9_many_signatories_at_once_open_one_account(world, vault):
    people = [world.person() for _ in range(6)]
    results = world.together(*[lambda who=who: opened(world, vault, who) for who in people])
    assert len({result.account_id for result in results}) == 1
    assert set(members(world)) == {who.person_id for who in people}
    assert len(world.told(AccountOpenedV1)) == 1


def test_T30_a_refusal_leaves_nothing(world, vault):
    with pytest.raises(NotSignatory), world.database.transaction(principal=world.person()) as tx:
        open_company_account(tx, OpenCompanyAccount(number=vault.protect(NUMBER), outcome=Outcome.REFUSED))
    assert not world.rows("SELECT 1 FROM organisation UNION ALL SELECT 1 FROM account")


# --- C30


AGO = "UPDATE company_attempt SET tried_at[1] = now() - :ago WHERE person_id = :p"


def count(world, who):
    with world.database.transaction(principal=who) as tx:
        companies.count_try(tx)


def test_C30_ten_tries_an_hour_and_person(world):
    who = world.person()
    for _ in range(10):
        count(world, who)
    with pytest.raises(TooManyCompanyAttempts) as refused:
        count(world, who)
    assert 3590 <= refused.value.retry_after <= 3601
    count(world, world.person())
    world.change(
        "UPDATE company_attempt SET tried_at[1] = now() - interval '1 hour' WHERE person_id = :p", p=who.person_id
    )
    count(world, who)
    with pytest.raises(TooManyCompanyAttempts):
        count(world, who)


def test_C30_tries_at_once_are_all_counted(world):
    who = world.person()
    results = world.together(*[lambda: count(world, who)] * 4)
    results += world.together(*[lambda: count(world, who)] * 4)
    results += world.together(*[lambda: count(world, who)] * 4)
    assert sum(isinstance(result, TooManyCompanyAttempts) for result in results) == 2
    assert results.count(None) == 10


def test_C30_old_counters_are_dropped(world, settings):
    old, new = world.person(), world.person()
    count(world, old)
    count(world, new)
    world.change(
        "UPDATE company_attempt SET tried_at[1] = now() - interval '2 hours' WHERE person_id = :p", p=old.person_id
    )
    run_job(world, settings, "drop-lapsed-confirmations")
    assert world.rows("SELECT person_id FROM company_attempt") == [{"person_id": new.person_id}]


# --- ends and grants


def test_D22_FC13_a_membership_ends_by_itself_after_its_last_swedish_day(world, settings):
    owner = world.private_account()
    delegate = world.let_in(owner)
    world.change(
        "UPDATE membership SET ends_on = (now() AT TIME ZONE 'Europe/Stockholm')::date WHERE id = :id",
        id=delegate.membership_id,
    )
    assert world.grant(delegate.person_id, owner.account_id).status_code == 200
    run_job(world, settings, "expire-memberships")
    assert not world.told(MembershipRemovedV1)
    world.change("UPDATE membership SET ends_on = ends_on - 1 WHERE id = :id", id=delegate.membership_id)
    assert world.grant(delegate.person_id, owner.account_id).status_code == 404
    assert world.accounts(delegate)["items"] == []
    assert delegate.person_id not in world.members(owner)
    run_job(world, settings, "expire-memberships")
    run_job(world, settings, "expire-memberships")
    [removed] = world.told(MembershipRemovedV1)
    assert (removed.reason, removed.removed_by) == (RemovalReason.EXPIRED, None)


def find(world, person_id, account_id):
    with world.database.read() as tx:
        return accounts.find_grant(tx, accounts.FindGrant(person_id=person_id, account_id=account_id))


MANY = """
WITH more AS (
    INSERT INTO account SELECT gen_random_uuid(), 'private', 'x', 'open', 'M-' || n, NULL, now(), 1
    FROM generate_series(1, 2000) AS n RETURNING id
)
INSERT INTO membership (id, account_id, person_id, role, granted_at, version)
SELECT gen_random_uuid(), more.id, :person, 'delegate', now(), 1 FROM more
UNION ALL SELECT gen_random_uuid(), :account, gen_random_uuid(), 'delegate', now(), 1 FROM more
"""


def test_the_grants_question_is_one_statement_by_index_on_the_read_only_connection(world):
    owner = world.private_account()
    statements = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    sql.listen(world.database.read_engine, "before_cursor_execute", note)
    sql.listen(world.database.engine, "before_cursor_execute", note)
    try:
        assert world.grant(owner.person_id, owner.account_id).status_code == 200
    finally:
        sql.remove(world.database.read_engine, "before_cursor_execute", note)
        sql.remove(world.database.engine, "before_cursor_execute", note)
    [(statement, parameters)] = statements
    world.change(MANY, account=owner.account_id, person=owner.person_id)
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE membership, account")
        plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
    assert "uq_membership_active" in plan
    assert "Seq Scan" not in plan


def test_there_is_no_grant_for_strangers_unknown_accounts_or_a_waiting_company(world, vault):
    owner = world.private_account()
    a = world.person()
    joint(world, vault, a, "AB")
    [waiting] = world.rows("SELECT id FROM account WHERE status = 'waiting-cosignatory'")
    for person_id, account_id in (
        (new_id(), owner.account_id),
        (owner.person_id, new_id()),
        (a.person_id, waiting["id"]),
    ):
        with pytest.raises(GrantNotFound):
            find(world, person_id, account_id)


def test_C30_thirty_tries_an_hour_from_one_address_whoever_they_are(world, vault):
    here, there = vault.network("192.0.2.7"), vault.network("192.0.2.8")

    def attempt(network):
        with world.database.transaction(principal=world.person()) as tx:
            companies.count_try(tx, network)

    for _ in range(30):
        attempt(here)
    with pytest.raises(TooManyCompanyAttempts) as refused:
        attempt(here)
    assert 3590 <= refused.value.retry_after <= 3601
    attempt(there)
    world.change(
        "UPDATE company_attempt_network SET tried_at[1] = now() - interval '1 hour' WHERE network = :n", n=here
    )
    attempt(here)


def test_C30_an_address_is_counted_by_network_and_not_stored(world, vault):
    assert vault.network("2001:db8:1:2::1") == vault.network("2001:db8:1:2:ffff::9")
    assert vault.network("2001:db8:1:2::1") != vault.network("2001:db8:1:3::1")
    assert vault.network("192.0.2.7") != vault.network("192.0.2.8")
    assert b"192" not in vault.network("192.0.2.7")
