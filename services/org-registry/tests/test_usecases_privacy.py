"""B-21, J8: which accounts are a person's own, what org-registry hands out, and what stands against an erasure."""

from datetime import timedelta

import pytest

from chassis.ids import new_id, utcnow
from chassis.jobs import JobContext
from chassis.testing import answered
from contracts.data_requests import DataRequestAnswered, DataRequestKind, DataRequestScopedV1
from contracts.identity import DataRequestOpenedV1
from contracts.org_registry import MembershipRemovedV1
from org_registry.app import JOBS

EXPORT, CHECK, ERASURE = DataRequestKind.EXPORT, DataRequestKind.ERASURE_CHECK, DataRequestKind.ERASURE
YESTERDAY = (utcnow() - timedelta(days=2)).date()


def ask(world, person_id, kind):
    world.deliver(DataRequestOpenedV1(request_id=new_id(), kind=kind, person_id=person_id))
    return answered(world.database)


def scoped(world):
    return world.told(DataRequestScopedV1)[-1]


def company(world, person_id, *, agreement=True):
    """A company account with the person as its only signatory."""
    organisation, account = new_id(), new_id()
    world.change(
        "INSERT INTO organisation (id, number_index, number_sealed) VALUES (:id, :index, 'x')",
        id=organisation,
        index=organisation.bytes,
    )
    world.change(
        "INSERT INTO account (id, kind, display_name, status, organisation_id, opened_at, version)"
        " VALUES (:id, 'company', 'Bolaget', 'open', :organisation, now(), 1)",
        id=account,
        organisation=organisation,
    )
    signatory(world, account, person_id)
    if agreement:
        number = f"F-{account.hex[-8:]}"
        world.deliver(world.started(number, f"A-{number}"))
        linked = "UPDATE customer SET account_id = :account WHERE customer_number = :number"
        world.change(linked, account=account, number=number)
    return account


def signatory(world, account, person_id):
    world.change(
        "INSERT INTO membership (id, account_id, person_id, role, read_only, granted_at, version)"
        " VALUES (:id, :account, :person, 'signatory', false, now(), 1)",
        id=new_id(),
        account=account,
        person=person_id,
    )


def test_B_21_own_accounts_are_the_private_ones_not_a_companys_and_not_anothers(world):
    me, neighbour = world.private_account("K-1"), world.private_account("K-2")
    second = world.private_account("K-3", me.person_id)
    world.deliver(world.approved(neighbour, me.person_id))
    own_firm = company(world, me.person_id)
    world.change("UPDATE customer SET person_id = :me WHERE account_id = :firm", me=me.person_id, firm=own_firm)
    ask(world, me.person_id, EXPORT)
    event = scoped(world)
    assert set(event.account_ids) == {me.account_id, second.account_id}
    assert (event.person_id, event.kind) == (me.person_id, EXPORT)


def test_B_21_a_person_without_accounts_is_asked_about_all_the_same(world):
    person_id = new_id()
    found = ask(world, person_id, EXPORT)
    assert scoped(world).account_ids == ()
    assert found["accounts"]["accounts"] == []


def test_B_21_an_export_tells_own_rights_and_of_others_only_their_role(world):
    me, neighbour = world.private_account("K-1"), world.private_account("K-2")
    helper = world.let_in(me)
    world.deliver(world.approved(neighbour, me.person_id))
    found = ask(world, me.person_id, EXPORT)
    assert {row["role"] for row in found["memberships"]["my_memberships"]} == {"owner", "delegate"}
    assert [row["role"] for row in found["memberships"]["others_in_my_accounts"]] == ["delegate"]
    assert [row["customer_number"] for row in found["accounts"]["customer_numbers"]] == ["K-1"]
    assert [row["agreement_number"] for row in found["accounts"]["agreements"]] == ["A-K-1"]
    text = str(found)
    assert str(helper.person_id) not in text
    assert str(neighbour.person_id) not in text
    assert "K-2" not in text


def test_FJ8_an_agreement_in_force_stands_against_it_until_it_has_ended(world):
    me = world.private_account("K-1")
    [objection] = ask(world, me.person_id, CHECK).objections
    assert objection.code == "active-agreement"
    world.deliver(world.ended("K-1", YESTERDAY, "A-K-1"), version=2)
    assert ask(world, me.person_id, CHECK).objections == ()
    assert world.accounts(me)["items"], "asking changes nothing"


@pytest.mark.parametrize(
    ("others", "agreement", "codes"), [(0, True, ["last-signatory"]), (1, True, []), (0, False, [])]
)
def test_FJ8_the_last_signatory_of_a_company_with_an_agreement_stays(world, others, agreement, codes):
    person_id = new_id()
    account = company(world, person_id, agreement=agreement)
    for _ in range(others):
        signatory(world, account, new_id())
    assert [objection.code for objection in ask(world, person_id, CHECK).objections] == codes


def test_FJ8_an_erasure_ends_every_right_that_the_person_has_or_has_given(world):
    me, neighbour = world.private_account("K-1"), world.private_account("K-2")
    helper = world.let_in(me)
    world.deliver(world.approved(neighbour, me.person_id))
    world.deliver(world.ended("K-1", YESTERDAY, "A-K-1"), version=2)
    report = ask(world, me.person_id, ERASURE)
    for person_id, account_id in (
        (me.person_id, me.account_id),
        (helper.person_id, me.account_id),
        (me.person_id, neighbour.account_id),
    ):
        assert world.grant(person_id, account_id).status_code == 404
    assert world.grant(neighbour.person_id, neighbour.account_id).status_code == 200
    ended = {(event.person_id, event.reason.value) for event in world.told(MembershipRemovedV1)}
    assert ended == {
        (me.person_id, "account-closed"),
        (helper.person_id, "account-closed"),
        (me.person_id, "left"),
    }
    assert world.rows("SELECT person_id FROM customer WHERE customer_number = 'K-1'") == [{"person_id": None}]
    assert {what.en for what in report.erased} >= {
        "Your access rights have been ended",
        "The link between you and your number",
    }
    assert {kept.what.en for kept in report.kept} == {
        "Access rights, present and past",
        "Accounts, customer numbers, agreement numbers and streets",
    }
    [log] = [kept for kept in report.kept if "rights" in kept.what.en]
    assert log.until.year == utcnow().year + 3


def test_FJ8_rights_are_told_to_end_before_the_others_are_asked_to_erase(world):
    me = world.private_account("K-1")
    world.let_in(me)
    ask(world, me.person_id, ERASURE)
    order = [type(event).spec.type for event in world.told(object) if not isinstance(event, DataRequestAnswered)]
    assert order.index("org-registry.data-request.scoped.v1") > max(
        place for place, type_ in enumerate(order) if type_ == "org-registry.membership.removed.v1"
    )


def test_FJ8_told_anew_by_the_billing_system_a_stranger_gets_the_account_back(world):
    """ADR 0014: whoever is erased and comes back is linked again when the billing system names him again."""
    me = world.private_account("K-1")
    world.deliver(world.ended("K-1", YESTERDAY, "A-K-1"), version=2)
    ask(world, me.person_id, ERASURE)
    stranger = new_id()
    assert world.grant(stranger, me.account_id).status_code == 404
    world.deliver(world.identified("K-1", stranger), version=2)
    assert world.grant(stranger, me.account_id).status_code == 200
    assert world.grant(me.person_id, me.account_id).status_code == 404


def test_FJ8_erasing_again_finds_nothing_more(world):
    me = world.private_account("K-1")
    ask(world, me.person_id, ERASURE)
    assert ask(world, me.person_id, ERASURE).erased == ()


def test_FJ10_the_log_of_rights_is_let_go_36_months_after_their_end_and_not_before(world, settings):
    me = world.private_account("K-1")
    world.let_in(me)
    ask(world, me.person_id, ERASURE)
    run = JOBS.get("forget-old-rights").run
    run(JobContext(world.database, settings))
    assert len(world.rows("SELECT 1 FROM membership")) == 2
    world.change("UPDATE membership SET removed_at = removed_at - interval '1100 days'")
    run(JobContext(world.database, settings))
    assert len(world.rows("SELECT 1 FROM membership")) == 1, "a branch goes from its tips"
    run(JobContext(world.database, settings))
    assert world.rows("SELECT 1 FROM membership") == []


def a_power(world, person_id, status, *, membership=None, account=None):
    """A power of attorney with its paper and a step."""
    power, paper = new_id(), new_id()
    world.change(
        "INSERT INTO power_of_attorney (id, organisation_index, organisation_sealed, organisation_name,"
        " administrator_id, details_sealed, locale, channel, status, created_at, changed_at, version)"
        " VALUES (:id, 'x', 'x', 'Föreningen', :person, 'x', 'sv', 'digital', 'draft', now(), now(), 1)",
        id=power,
        person=person_id,
    )
    world.change(
        "INSERT INTO power_document (id, power_id, media_type, size, digest, content, scan, added_by, added_at)"
        " VALUES (:id, :power, 'application/pdf', 10, 'x', 'x', 'clean', :person, now())",
        id=paper,
        power=power,
        person=person_id,
    )
    world.change(
        "INSERT INTO power_step (power_id, action, status, actor_id, as_staff, at)"
        " VALUES (:power, 'created', 'draft', :person, false, now())",
        power=power,
        person=person_id,
    )
    world.change(
        "UPDATE power_of_attorney SET document_id = :paper, status = :status, account_id = :account,"
        " membership_id = :membership, checked = '{organisation}', submitted_at = now(), decided_at = now()"
        " WHERE id = :id",
        id=power,
        paper=paper,
        status=status,
        account=account,
        membership=membership,
    )
    return power


def test_FJ8_FJ10_powers_of_attorney_that_were_not_used_go_with_their_papers_and_used_ones_after_36_months(
    world, settings
):
    me = world.private_account("K-1")
    a_power(world, me.person_id, "draft")
    used = a_power(world, me.person_id, "approved", membership=me.membership_id, account=me.account_id)
    found = ask(world, me.person_id, EXPORT)["powers-of-attorney"]
    assert len(found["powers_of_attorney"]) == len(found["documents"]) == len(found["steps"]) == 2
    assert "content" not in found["documents"][0]
    report = ask(world, me.person_id, ERASURE)
    assert "Powers of attorney that were not used" in [what.en for what in report.erased]
    assert "Powers of attorney" in [kept.what.en for kept in report.kept]
    for table in ("power_of_attorney", "power_document", "power_step"):
        assert len(world.rows(f"SELECT 1 FROM {table}")) == 1, table  # noqa: S608 - our own names
    assert world.rows("SELECT id FROM power_of_attorney") == [{"id": used}]
    world.change("UPDATE membership SET removed_at = removed_at - interval '1100 days'")
    JOBS.get("forget-old-rights").run(JobContext(world.database, settings))
    for table in ("power_of_attorney", "power_document", "power_step", "membership"):
        assert world.rows(f"SELECT 1 FROM {table}") == [], table  # noqa: S608 - our own names


def test_FJ8_the_sealed_number_of_a_signatory_goes_and_who_of_customer_service_looked_is_not_told(world):
    me = world.private_account("K-1")
    account, desk, access = company(world, me.person_id, agreement=False), new_id(), new_id()
    world.change(
        "INSERT INTO signatory_right (account_id, person_id, number_sealed, standing, status, checked_at,"
        " next_check_at) VALUES (:account, :person, 'sealed', 'alone', 'held', now(), now())",
        account=account,
        person=me.person_id,
    )
    world.change(
        "INSERT INTO support_access (id, account_id, granted_by, granted_at, until, version)"
        " VALUES (:id, :account, :person, now(), now() + interval '1 hour', 1)",
        id=access,
        account=me.account_id,
        person=me.person_id,
    )
    world.change(
        "INSERT INTO support_view (id, access_id, account_id, staff_person_id, staff_name, reason, opened_at, until)"
        " VALUES (:id, :access, :account, :desk, 'Berit Testsson', 'Kunden ringde', now(), now() + interval '1 hour')",
        id=new_id(),
        access=access,
        account=me.account_id,
        desk=desk,
    )
    found = ask(world, me.person_id, EXPORT)
    assert found["support-accesses"]["views"][0]["reason"] == "Kunden ringde"
    assert found["companies"]["rights_to_sign"][0]["standing"] == "alone"
    for secret in ("Berit", str(desk), "sealed"):
        assert secret not in str(found)
    ask(world, me.person_id, ERASURE)
    assert world.rows("SELECT 1 FROM signatory_right") == []
    assert len(world.rows("SELECT 1 FROM support_view")) == 1, "the log of views stays for 36 months"
