import threading
from datetime import timedelta

import pytest

from chassis.errors import Forbidden
from chassis.ids import new_id
from chassis.testing import gateway, principal
from notify.domain import Address, Channel, DeliveryUnknown, Outcome, Reach, Verdict
from notify.store import people
from notify.store.notices import Notice
from notify.usecases import preferring, sending, telling, viewing

HOUR = timedelta(hours=1)


def claim(kit, channel="sms"):
    with kit.database.transaction() as tx:
        cmd = sending.Claim(channel=Channel(channel), claim_id=new_id(), limit=10, lease=HOUR)
        return sending.claim(tx, cmd)


def settle(kit, message, outcome):
    with kit.database.transaction() as tx:
        return sending.settle(tx, sending.Settle(sent=message, outcome=outcome, give_up=HOUR))


def report(kit, message, status, provider_id="s1"):
    with kit.database.transaction() as tx:
        sending.report(tx, sending.Report(delivery_id=message.delivery_id, provider_id=provider_id, status=status))


def an_sms(kit, **contact):
    kit.registered(kit.contact(phone="+46701740605", **({"email": None} | contact)))
    (message,) = claim(kit)
    return message


def test_D26_telling_the_same_twice_at_once_makes_one_notice(kit):
    person, event_id = kit.contact(), new_id()
    barrier = threading.Barrier(4)

    def tell():
        barrier.wait()
        with kit.database.transaction() as tx:
            telling.tell(tx, Notice(event_id=event_id, template="registration-welcome", person_id=person))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kit.notices()) == 1
    assert len(kit.rows("SELECT id FROM delivery")) == 1


def test_6_6_a_claimed_delivery_is_nobody_elses_until_its_lease_is_over(kit):
    message = an_sms(kit)
    assert claim(kit) == []
    kit.make_due()
    (again,) = claim(kit)
    assert again.delivery_id == message.delivery_id
    assert again.message_key == message.message_key
    assert settle(kit, message, Outcome(Verdict.SENT)) is None, "the first one has lost it"
    assert settle(kit, again, Outcome(Verdict.SENT, provider_id="s1")) == "sent"


def test_6_6_a_second_sender_takes_other_deliveries_at_once_while_the_first_is_still_claiming(kit):
    for _ in range(5):
        kit.registered(kit.contact())

    def take(tx, limit):
        return sending.claim(tx, sending.Claim(channel=Channel.EMAIL, claim_id=new_id(), limit=limit, lease=HOUR))

    with kit.database.transaction() as first, kit.database.transaction() as second:
        mine = {message.delivery_id for message in take(first, 3)}
        others = {message.delivery_id for message in take(second, 10)}
    assert (len(mine), len(others)) == (3, 2)
    assert not mine & others


def test_what_is_released_counts_no_attempt(kit):
    message = an_sms(kit)
    with kit.database.transaction() as tx:
        sending.release(tx, [message])
    (row,) = kit.rows("SELECT state, attempts, claim_id, lease_until FROM delivery WHERE channel = 'sms'")
    assert tuple(row) == ("queued", 0, None, None)


def test_6_6_a_report_makes_a_sent_sms_delivered_and_the_same_report_again_changes_nothing(kit):
    message = an_sms(kit)
    settle(kit, message, Outcome(Verdict.SENT, provider_id="s1"))
    report(kit, message, "delivered")
    report(kit, message, "delivered")
    report(kit, message, "failed")
    assert kit.states()["sms"] == ("delivered", "")


def test_6_6_a_report_that_is_faster_than_our_own_commit_counts(kit):
    message = an_sms(kit)
    report(kit, message, "delivered")
    assert settle(kit, message, Outcome(Verdict.SENT, provider_id="s1")) is None
    assert kit.states()["sms"] == ("delivered", "")


def test_6_6_an_sms_that_was_not_delivered_gives_way_to_mail(kit):
    account, person = new_id(), kit.contact(phone="+46701740605")
    kit.granted(account, person)
    kit.choose(person, "invoices", email=False, sms=True)
    kit.invoice(account)
    (message,) = claim(kit)
    settle(kit, message, Outcome(Verdict.SENT, provider_id="s1"))
    report(kit, message, "sent")
    assert kit.states() == {"sms": ("sent", "")}
    report(kit, message, "failed")
    assert kit.states() == {"sms": ("failed-permanent", "sms-not-delivered"), "email": ("queued", "fallback")}


def test_a_report_about_another_message_is_refused(kit):
    message = an_sms(kit)
    settle(kit, message, Outcome(Verdict.SENT, provider_id="s1"))
    with pytest.raises(DeliveryUnknown):
        report(kit, message, "failed", provider_id="s2")
    assert kit.states()["sms"] == ("sent", "")


def test_D26_somebody_nothing_is_known_of_has_the_standard_choices_and_no_address(kit):
    with kit.database.read(principal=principal()) as tx:
        shown = preferring.show(tx)
        subject = telling.SUBJECTS["invoices"]
        someone = new_id()
        assert people.persons(tx, [someone], subject)[someone].reach == Reach(email=Address.NONE, sms=Address.NONE)
    assert {item.subject: (item.email, item.sms) for item in shown.items} == {
        "access": (True, False),
        "registration": (True, False),
        "invoices": (True, False),
        "payments": (False, False),
        "readings": (True, False),
    }
    assert [(one.channel, one.has_address) for one in shown.channels] == [("email", False), ("sms", False)]


def test_a_payment_is_in_the_list_and_mailed_only_to_who_asks_for_it(kit):
    account, quiet, keen = new_id(), kit.contact(), kit.contact()
    kit.granted(account, quiet)
    kit.granted(account, keen)
    kit.choose(keen, "payments", email=True, sms=False)
    kit.paid(account)
    rows = kit.rows(
        "SELECT n.person_id, d.state FROM delivery d JOIN notification n ON n.id = d.notification_id"
        " WHERE n.template = 'invoice-paid'"
    )
    assert {row.person_id: row.state for row in rows} == {quiet: "suppressed", keen: "queued"}


def test_another_service_has_no_list_and_no_choices(kit):
    with kit.database.transaction(principal=gateway()) as tx:
        for call in (
            lambda: preferring.show(tx),
            lambda: viewing.list_notifications(tx, unread=None, limit=1, page=1),
            lambda: viewing.mark(tx, new_id(), read=True),
        ):
            with pytest.raises(Forbidden):
                call()


def test_what_is_older_than_is_kept_is_forgotten_with_its_deliveries_and_sealed_addresses(kit):
    kit.registered(kit.contact())
    kit.age(days=401)
    kit.registered(kit.contact())
    kit.invited()
    kit.execute("UPDATE invitation SET changed_at = now() - interval '121 days'")
    with kit.database.transaction() as tx:
        assert telling.forget(tx) == 1
    assert len(kit.notices()) == 2
    assert len(kit.rows("SELECT id FROM delivery")) == 2
    assert kit.rows("SELECT sealed_recipient FROM invitation") == [(None,)]
