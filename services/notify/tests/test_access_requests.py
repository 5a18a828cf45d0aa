"""FC16: those who may decide are told that somebody asks for access, and whoever asked what came of it, once each."""

import pytest

from chassis.ids import new_id, utcnow
from contracts.org_registry import AccessRequestDecidedV1, AccessRequestOutcome, AccessRequestReceivedV1


@pytest.fixture
def company(kit):
    """A company with two signatories, and a delegate whom nobody asks."""

    class People:
        id = new_id()
        first, second, delegate, asker = (kit.contact() for _ in range(4))

    kit.opened(People.id)
    for signatory in (People.first, People.second):
        kit.granted(People.id, signatory, role="signatory")
    kit.granted(People.id, People.delegate, role="delegate", by=People.first, invitation_id=new_id())
    return People


def received(account_id, request=None):
    return AccessRequestReceivedV1(access_request_id=request or new_id(), account_id=account_id, received_at=utcnow())


def count(kit):
    return sum(template == "access-request-received" for template, _, _ in kit.notices())


def decided(company, outcome):
    return AccessRequestDecidedV1(
        access_request_id=new_id(),
        account_id=company.id,
        person_id=company.asker,
        outcome=outcome,
        decided_at=utcnow(),
    )


def test_FC16_T50_signatories_are_told_and_no_delegate(kit, company):
    before = kit.told()
    kit.deliver(received(company.id))
    assert kit.told() - before == {
        ("access-request-received", company.first),
        ("access-request-received", company.second),
    }


def test_FC16_told_twice_by_the_broker_they_are_told_once(kit, company):
    event, event_id = received(company.id), new_id()
    for _ in range(2):
        kit.deliver(event, subject=event.access_request_id, version=1, event_id=event_id)
    assert count(kit) == 2


def test_FC16_D26_the_mail_has_a_link_to_the_request_and_neither_name_nor_message(kit, box, company):
    request = new_id()
    kit.deliver(received(company.id, request))
    kit.send_all("email")
    mails = [one for one in box.messages() if "ber om behörighet" in one["subject"]]
    assert len(mails) == 2
    for mail in mails:
        assert f"/behorigheter/forfragningar/{request}?konto={company.id}" in mail["text"]
        assert str(company.asker) not in str(mail)


def test_FC16_who_has_lost_the_account_meanwhile_is_not_mailed(kit, company):
    gone = kit.contact()
    member = kit.granted(company.id, gone, role="signatory")
    kit.deliver(received(company.id))
    assert count(kit) == 3
    kit.removed(company.id, gone, member, role="signatory")
    kit.deliver(received(company.id))
    assert count(kit) == 5


def test_FC16_an_account_whose_people_are_not_known_yet_tells_nobody(kit):
    before = kit.told()
    kit.deliver(received(new_id()))
    assert kit.told() == before


def test_FC16_T52_a_denied_asker_is_told_by_a_link_that_names_no_account(kit, box, company):
    before = kit.told()
    kit.deliver(decided(company, AccessRequestOutcome.DENIED))
    assert kit.told() - before == {("access-request-denied", company.asker)}
    [notice] = kit.rows("SELECT account_id FROM notification WHERE template = 'access-request-denied'")
    assert notice.account_id is None


def test_FC16_B_07_a_granted_asker_is_told_once_and_so_is_the_other_signatory(kit, company):
    before = len(kit.notices())
    kit.granted(company.id, company.asker, role="delegate", by=company.first)
    kit.deliver(decided(company, AccessRequestOutcome.GRANTED))
    told = [(template, person) for template, person, _ in kit.notices()][before:]
    assert sorted(told) == [("access-given", company.second), ("membership-granted", company.asker)]


def test_FC16_D9_a_further_signatory_is_still_told_that_the_account_is_there(kit, company):
    before = kit.told()
    newcomer = kit.contact()
    kit.granted(company.id, newcomer, role="signatory")
    assert ("account-ready", newcomer) in kit.told() - before
