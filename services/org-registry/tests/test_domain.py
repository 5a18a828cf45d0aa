"""Rules without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from organisationsnummer import organisationsnummer

from chassis import ids
from chassis.errors import Forbidden, catalogue
from chassis.ids import new_id
from org_registry.domain.access import (
    Delegation,
    Membership,
    RemovalReason,
    Role,
    check_grant,
    check_removal,
    local_date,
)
from org_registry.domain.errors import (
    COMPANY_OPENED,
    GrantEnded,
    GrantNotHeld,
    GrantTooWide,
    LastHolder,
    MembershipNotFound,
    MembershipProtected,
    NotSignatory,
    RegisterUnavailable,
)
from org_registry.domain.numbers import NotAnOrganisationNumber, luhn_valid, normalise
from org_registry.domain.register import Alternative, Finding, Outcome, RegisterAnswer, decide

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def with_check(nine: str) -> str:
    return next(nine + str(digit) for digit in range(10) if luhn_valid(nine + str(digit)))


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("5520000018", "5520000018"),
        ("552000-0018", "5520000018"),
        (" 552000-0018 ", "5520000018"),
        ("165520000018", "5520000018"),
        ("16552000-0018", "5520000018"),
        ("9165956591", "9165956591"),
        ("199908072391", "9908072391"),
        ("19990807-2391", "9908072391"),
        ("990807-2391", "9908072391"),
        ("121212+1212", "1212121212"),
        ("701063-2391", "7010632391"),
    ],
)
def test_B5_the_forms_of_an_organisation_number_become_ten_digits(written, digits):
    assert normalise(written) == digits


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5520000019",  # check digit
        "0520000016",  # no group 0
        "552000+0018",  # a plus is for people
        "195520000018",  # a century is for people
        "169908072391",  # 16 is not for people
        "552000 0018",
        "552000\u20100018",
        "5520000018\n5",
        "٥٥٢٠٠٠٠٠١٨",
        "99080723911",
        "9902302397",  # 30 February
        "9913072391",
        "SE552000001801",
        "1" * 500,
    ],
)
def test_B5_what_is_no_organisation_number_is_refused_without_being_quoted(written):
    with pytest.raises(NotAnOrganisationNumber) as refused:
        normalise(written)
    assert not str(refused.value)


def test_a_sole_trader_is_not_born_tomorrow():
    number = "20" + with_check("270101000")
    with pytest.raises(NotAnOrganisationNumber):
        normalise(number)
    with ids.use(clock=lambda: datetime(2027, 1, 1, tzinfo=UTC)):
        assert normalise(number) == number[2:]


@given(st.from_regex(r"[1-9][0-9][2-9][0-9]{7}", fullmatch=True))
def test_B5_organisation_numbers_are_judged_as_the_published_library_judges_them(digits):
    try:
        ours = normalise(digits) == digits
    except NotAnOrganisationNumber:
        ours = False
    assert ours == organisationsnummer.valid(digits)


def test_B5_third_digit_below_two_is_a_person_or_nothing():
    with pytest.raises(NotAnOrganisationNumber):
        normalise(with_check("551900000"))


def answer(*ways, yes=True, reason=None):
    return RegisterAnswer(request_id="r", findings=(Finding(yes=yes, alternatives=ways, reason=reason, name="AB"),))


ALONE, DAILY = Alternative(kind="ENSAM"), Alternative(kind="LOPANDE")
PAIR = frozenset({"a", "b"})
TOGETHER = Alternative(kind="TILLSAMMANS", combinations=(PAIR,))


@pytest.mark.parametrize(
    ("ways", "daily_allowed", "outcome"),
    [
        ((ALONE,), False, Outcome.OPENS),
        ((TOGETHER, ALONE), False, Outcome.OPENS),
        ((DAILY,), True, Outcome.OPENS),
        ((DAILY,), False, Outcome.REFUSED),
        ((DAILY, TOGETHER), False, Outcome.NEEDS_COSIGNATORY),
        ((TOGETHER,), True, Outcome.NEEDS_COSIGNATORY),
        ((Alternative(kind="FULLMAKT"),), True, Outcome.REFUSED),
        ((Alternative(kind="ensam"),), True, Outcome.REFUSED),
        ((Alternative(kind="TILLSAMMANS"),), True, Outcome.REFUSED),
        ((Alternative(kind="TILLSAMMANS", combinations=(frozenset({"a"}),)),), True, Outcome.REFUSED),
    ],
)
def test_D10_what_each_alternative_gives(ways, daily_allowed, outcome):
    assert decide(answer(*ways), allow_day_to_day=daily_allowed).outcome is outcome


def test_D10_a_no_is_a_no_whatever_stands_beside_it():
    assert decide(answer(ALONE, yes=False, reason="EJ"), allow_day_to_day=True).outcome is Outcome.REFUSED


def test_B5_the_unknown_are_refused():
    assert decide(RegisterAnswer(request_id="r"), allow_day_to_day=True).outcome is Outcome.REFUSED


def test_B5_a_sole_trader_with_one_closed_firm_opens_by_the_other():
    closed = Finding(yes=False, reason="EJ_AKTIV_ORGANISATION", name="Gamla")
    running = Finding(yes=True, alternatives=(ALONE,), name="Nya")
    for findings in ((closed, running), (running, closed)):
        decision = decide(RegisterAnswer(request_id="r", findings=findings), allow_day_to_day=True)
        assert (decision.outcome, decision.name) == (Outcome.OPENS, "Nya")


def test_D23_personal_numbers_of_combinations_do_not_stand_in_reprs():
    secret = Alternative(kind="TILLSAMMANS", combinations=(frozenset({"191212121212", "199006022397"}),))
    decision = decide(answer(secret), allow_day_to_day=True)
    assert "1912" not in repr(secret) + repr(decision)
    assert decision.combinations


def test_T28_T31_and_D11_texts_are_to_the_letter():
    assert COMPANY_OPENED["sv"] == (
        "Det gick bra att uppdatera organisationen. Nu kan du logga in på ditt företagskonto på Mina sidor."
    )
    assert NotSignatory().text("sv")[1] == "Ej tillåtet att göra företagskoppling. Du behöver vara firmatecknare."
    assert "Vi kan inte nå Bolagsverket just nu" in RegisterUnavailable().text("sv")[1]


def test_every_refusal_speaks_swedish_and_english_under_a_code_of_its_own():
    own = [error for error in catalogue() if error.__module__ == "org_registry.domain.errors"]
    assert len({error.code for error in own}) == len(own) > 8
    for error in own:
        assert {"sv", "en"} <= set(vars(error))
        assert all(error().text("sv") + error().text("en"))


def member(role=Role.DELEGATE, **fields):
    return Membership(id=new_id(), account_id=new_id(), person_id=new_id(), role=role, granted_at=NOW, **fields)


def delegation(approver, inviter=None, **fields):
    given = {"read_only": False, "services": None, "ends_on": None, "acceptor_id": new_id()} | fields
    return Delegation(approver_id=approver.person_id, inviter_id=(inviter or approver).person_id, **given)


def granted(approver, inviter=None, **fields):
    check_grant(delegation(approver, inviter, **fields), approver=approver, inviter=inviter or approver, today=TODAY)


@pytest.mark.parametrize("role", list(Role))
def test_T41_all_three_kinds_of_holder_may_grant(role):
    granted(member(role))


@pytest.mark.parametrize("lost", [{"read_only": True}, {"ends_on": TODAY - timedelta(days=1)}, {"removed_at": NOW}])
def test_C6_who_has_lost_the_right_grants_nothing_as_approver_or_inviter(lost):
    with pytest.raises(GrantNotHeld):
        granted(member(**lost))
    with pytest.raises(GrantNotHeld):
        granted(member(Role.OWNER), member(**lost))


def test_C7_D6_without_a_membership_nothing_is_granted():
    gone, owner = member(), member(Role.OWNER)
    for approver, inviter in ((None, owner), (owner, None), (None, None)):
        with pytest.raises(GrantNotHeld):
            check_grant(delegation(gone), approver=approver, inviter=inviter, today=TODAY)


def test_D4_a_delegate_approves_his_own_invitations_only():
    inviter, other = member(), member()
    granted(inviter, inviter)
    granted(member(Role.OWNER), inviter)
    granted(member(Role.SIGNATORY), inviter)
    with pytest.raises(GrantNotHeld):
        granted(other, inviter)


def test_D4_nobody_approves_himself():
    owner, inviter = member(Role.OWNER), member()
    with pytest.raises(GrantNotHeld):
        granted(owner, inviter, acceptor_id=owner.person_id)
    with pytest.raises(GrantNotHeld):
        granted(owner, inviter, acceptor_id=inviter.person_id)


AREAS = ["water", "waste", "broadband"]


@given(
    held=st.none() | st.sets(st.sampled_from(AREAS), min_size=1),
    given_=st.none() | st.sets(st.sampled_from(AREAS), min_size=1),
    holds_until=st.none() | st.dates(TODAY, date(2028, 1, 1)),
    gives_until=st.none() | st.dates(TODAY, date(2028, 1, 1)),
)
def test_D22_nobody_grants_more_than_he_holds(held, given_, holds_until, gives_until):
    approver = member(services=None if held is None else tuple(sorted(held)), ends_on=holds_until)
    all_areas, for_ever = set(AREAS) | {"other"}, date.max
    within = (given_ or all_areas) <= (held or all_areas) and (gives_until or for_ever) <= (holds_until or for_ever)
    if within:
        granted(approver, services=given_, ends_on=gives_until)
    else:
        with pytest.raises(GrantTooWide):
            granted(approver, services=given_, ends_on=gives_until)


def test_D22_what_would_have_ended_is_not_granted():
    granted(member(Role.OWNER), ends_on=TODAY)
    with pytest.raises(GrantEnded):
        granted(member(Role.OWNER), ends_on=TODAY - timedelta(days=1))


@pytest.mark.parametrize(("actor", "target", "in_branch"), [*product(Role, Role, [True, False])])
def test_D1_D2_who_may_remove_whom(actor, target, in_branch):
    def remove():
        return check_removal(member(actor), member(target), in_branch=in_branch, signatories=2)

    if target is Role.OWNER or (target is Role.SIGNATORY and actor is Role.DELEGATE):
        with pytest.raises(MembershipProtected):
            remove()
    elif actor is Role.DELEGATE and not in_branch:
        with pytest.raises(MembershipNotFound):
            remove()
    else:
        assert remove() is RemovalReason.REMOVED


@pytest.mark.parametrize(
    ("role", "signatories", "may"),
    [(Role.OWNER, 0, False), (Role.SIGNATORY, 1, False), (Role.SIGNATORY, 2, True), (Role.DELEGATE, 0, True)],
)
def test_D2_nobody_removes_himself_as_the_last_holder(role, signatories, may):
    me = member(role)
    if may:
        assert check_removal(me, me, in_branch=False, signatories=signatories) is RemovalReason.LEFT
    else:
        with pytest.raises(LastHolder):
            check_removal(me, me, in_branch=False, signatories=signatories)


def test_C6_a_read_only_member_removes_nobody():
    with pytest.raises(Forbidden):
        check_removal(member(read_only=True), member(), in_branch=True, signatories=1)


def test_end_dates_are_whole_swedish_days():
    assert local_date(datetime(2026, 11, 22, 22, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert local_date(datetime(2026, 11, 22, 23, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_date(datetime(2026, 7, 1, 22, 0, tzinfo=UTC)) == date(2026, 7, 2)
    until = member(ends_on=TODAY)
    assert until.is_active(TODAY)
    assert not until.is_active(TODAY + timedelta(days=1))


def test_D9_a_delegate_who_becomes_signatory_is_narrowed_no_more():
    delegate = member(read_only=True, services=("water",), ends_on=TODAY)
    delegate.become_signatory()
    assert (delegate.role, delegate.read_only, delegate.services, delegate.ends_on) == (
        Role.SIGNATORY,
        False,
        None,
        None,
    )
    assert delegate.version == 2


def test_the_same_decision_lists_what_the_evidence_keeps():
    decision = decide(
        replace(
            answer(ALONE, DAILY),
            findings=(
                Finding(yes=True, alternatives=(ALONE, DAILY), pending_cases=1),
                Finding(yes=False, reason="EJ_AKTIV_ORGANISATION", pending_cases=2),
            ),
        ),
        allow_day_to_day=True,
    )
    assert (decision.ways, decision.reasons, decision.pending_cases) == (
        ("ENSAM", "LOPANDE"),
        ("EJ_AKTIV_ORGANISATION",),
        3,
    )
