import re
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidTransition
from chassis.ids import new_id
from notify.domain import (
    ATTEMPTS_LIMIT,
    SUBJECTS,
    TEMPLATES,
    TRANSITIONS,
    Address,
    Channel,
    Choice,
    DeliveryState,
    InvalidAddress,
    NotificationState,
    Outcome,
    Reach,
    Verdict,
    clean_email,
    clean_phone,
    fallback,
    link_path,
    message_key,
    move,
    next_state,
    plan,
    report_mac,
    retry_wait,
)
from notify.usecases import rendering

DAY = timedelta(days=1)
ADDRESSES = st.sampled_from(Address)
REACHES = st.builds(Reach, email=ADDRESSES, sms=ADDRESSES)
CHOICES = st.builds(Choice, email=st.booleans(), sms=st.booleans())
SUBJECT = st.sampled_from(list(SUBJECTS.values()))


@given(st.text(max_size=80))
def test_B6_whatever_is_given_either_becomes_one_plain_address_or_is_refused(raw):
    try:
        address = clean_email(raw)
    except InvalidAddress:
        return
    assert re.fullmatch(r"[!-~]+@[a-z0-9.-]+\.[a-z0-9-]+", address)
    assert not set(address) & set(' "(),:;<>[]\\\r\n\t')
    assert address.count("@") == 1


@given(st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,20})?(\+[a-z]{1,5})?@[a-z]{1,20}\.(se|example|org)", fullmatch=True))
def test_B6_an_ordinary_address_is_left_as_it_is(address):
    assert clean_email(address) == address


def test_B6_the_domain_is_lowered_and_the_local_part_is_not():
    assert clean_email("Anna.Oberg@EXEMPEL.SE") == "Anna.Oberg@exempel.se"


@pytest.mark.parametrize("raw", ["+46701740605", "0701740605", "0046701740605", "070-174 06 05", "+46 (70) 1740605"])
def test_B6_every_way_to_write_a_mobile_number_is_the_same_number(raw):
    assert clean_phone(raw) == "+46701740605"


@pytest.mark.parametrize(
    "raw",
    ["+46900123456", "0939100100", "08123456", "112", "", "+46701740605\n", "+\N{FULLWIDTH DIGIT FOUR}6701740605"],
)
def test_B6_a_number_that_costs_or_is_none_is_refused(raw):
    with pytest.raises(InvalidAddress):
        clean_phone(raw)


def test_a_foreign_mobile_is_taken():
    assert clean_phone("+4512345678") == "+4512345678"


@given(st.sampled_from(DeliveryState), st.sampled_from(DeliveryState))
def test_6_6_a_delivery_moves_only_as_the_table_says(now, to):
    if to in TRANSITIONS[now]:
        assert move(now, to) is to
    else:
        with pytest.raises(InvalidTransition):
            move(now, to)


def test_6_6_every_state_is_in_the_table_and_delivered_is_the_end():
    assert set(TRANSITIONS) == set(DeliveryState)
    assert TRANSITIONS[DeliveryState.DELIVERED] == frozenset()


@given(SUBJECT, CHOICES, REACHES)
def test_D26_a_plan_uses_usable_addresses_only_and_waits_only_where_there_is_none(subject, choice, reach):
    decided = plan(subject, choice, reach)
    queued = [one.channel for one in decided.deliveries if one.state is DeliveryState.QUEUED]
    assert all(reach.of(channel) is Address.USABLE for channel in queued)
    wanted = choice.email or choice.sms or subject.mandatory
    reachable = Address.USABLE in {reach.email, reach.sms}
    assert bool(queued) == (wanted and reachable)
    assert decided.waits == (wanted and not reachable)
    assert decided.state is (NotificationState.WAITING if decided.waits else NotificationState.ADDRESSED)
    assert len({one.channel for one in decided.deliveries}) == len(decided.deliveries) > 0


@given(CHOICES)
def test_D26_what_is_mandatory_goes_by_mail_whatever_was_chosen(choice):
    decided = plan(SUBJECTS["access"], choice, Reach(email=Address.USABLE, sms=Address.USABLE))
    assert (Channel.EMAIL, DeliveryState.QUEUED) in {(one.channel, one.state) for one in decided.deliveries}


def test_D26_no_channel_is_used_that_was_not_chosen_while_a_chosen_one_works():
    decided = plan(SUBJECTS["invoices"], Choice(email=True, sms=False), Reach(email=Address.USABLE, sms=Address.USABLE))
    assert [one.channel for one in decided.deliveries] == [Channel.EMAIL]


def test_FI7_there_is_no_second_way_while_the_first_is_still_on():
    usable = Reach(email=Address.USABLE, sms=Address.USABLE)
    for state in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.FAILED_TEMPORARY):
        assert fallback(usable, {Channel.EMAIL: DeliveryState.BOUNCED, Channel.SMS: state}, [Channel.EMAIL]) is None
    assert fallback(usable, {Channel.EMAIL: DeliveryState.BOUNCED}, [Channel.EMAIL]) is Channel.SMS
    both = {Channel.EMAIL: DeliveryState.BOUNCED, Channel.SMS: DeliveryState.FAILED_PERMANENT}
    assert fallback(usable, both, [Channel.SMS]) is None


@pytest.mark.parametrize(
    ("verdict", "attempts", "age", "state"),
    [
        (Verdict.SENT, 1, DAY, DeliveryState.SENT),
        (Verdict.SENT, 99, 9 * DAY, DeliveryState.SENT),
        (Verdict.BOUNCED, 1, DAY, DeliveryState.BOUNCED),
        (Verdict.REFUSED, 1, DAY, DeliveryState.FAILED_PERMANENT),
        (Verdict.TEMPORARY, ATTEMPTS_LIMIT - 1, DAY, DeliveryState.FAILED_TEMPORARY),
        (Verdict.TEMPORARY, ATTEMPTS_LIMIT, DAY, DeliveryState.FAILED_PERMANENT),
        (Verdict.TEMPORARY, 1, 3 * DAY, DeliveryState.FAILED_PERMANENT),
        (Verdict.UNREACHABLE, 99, DAY, DeliveryState.FAILED_TEMPORARY),
        (Verdict.UNREACHABLE, 1, 3 * DAY, DeliveryState.FAILED_PERMANENT),
        (Verdict.POSTPONED, 99, DAY, DeliveryState.FAILED_TEMPORARY),
        (Verdict.POSTPONED, 1, 3 * DAY, DeliveryState.FAILED_PERMANENT),
    ],
)
def test_6_6_what_follows_from_an_attempt(verdict, attempts, age, state):
    after, wait = next_state(Outcome(verdict), attempts=attempts, age=age, give_up=3 * DAY)
    assert after is state
    assert (wait is not None) == (state is DeliveryState.FAILED_TEMPORARY)


@given(st.integers(1, 1000))
def test_waits_grow_to_an_hour_and_no_further(attempts):
    assert timedelta(seconds=10) <= retry_wait(attempts) <= retry_wait(attempts + 1) <= timedelta(hours=1)


def test_A4_the_message_key_depends_on_event_recipient_template_and_channel_and_on_nothing_else():
    event = UUID(int=1)
    key = message_key(event, "person:1", "invitation", Channel.EMAIL)
    assert key == message_key(event, "person:1", "invitation", Channel.EMAIL)
    others = {
        message_key(UUID(int=2), "person:1", "invitation", Channel.EMAIL),
        message_key(event, "person:2", "invitation", Channel.EMAIL),
        message_key(event, "person:1", "invoice-paid", Channel.EMAIL),
        message_key(event, "person:1", "invitation", Channel.SMS),
    }
    assert key not in others
    assert len(others) == 4


def test_the_address_of_a_report_cannot_be_had_without_the_key():
    delivery = new_id()
    assert report_mac("a" * 32, delivery) != report_mac("b" * 32, delivery)
    assert report_mac("a" * 32, delivery) != report_mac("a" * 32, new_id())


@pytest.mark.parametrize("name", TEMPLATES)
def test_D27_every_template_has_its_words_in_both_languages(name):
    template = TEMPLATES[name]
    swedish, english = (rendering.words(name, template.version, locale) for locale in ("sv", "en"))
    assert template.subject in SUBJECTS
    for said in (swedish, english):
        assert said.title
        assert said.text
        assert said.action
        assert "\n" not in said.title
        assert len(said.title) <= 70
    assert swedish.title != english.title


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("locale", ["sv", "en"])
def test_D26_every_notice_has_a_text_and_an_html_part_with_the_same_link_and_no_number_of_anybody(name, locale):
    link = "http://localhost:8080/x?konto=1&y=2"
    said = rendering.render(name, TEMPLATES[name].version, locale, link=link, preferences_link=None)
    assert link in said.text
    assert 'href="http://localhost:8080/x?konto=1&amp;y=2"' in said.html
    assert link in said.sms
    assert f'<html lang="{locale}">' in said.html
    assert set(re.findall(r"\d+", said.text.replace(link, ""))) <= {"72", "30"}


def test_C28_what_stands_in_a_link_cannot_become_markup():
    said = rendering.render("invitation", 1, "sv", link='http://x/"><script>', preferences_link=None)
    assert "<script>" not in said.html


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("invitation", "Inbjudan"),
        ("invitation-accepted", "godkänn"),
        ("membership-granted", "Du är godkänd"),
        ("invoice-available", "Ny faktura"),
        ("registration-welcome", "Välkommen"),
    ],
)
def test_T46_T51_T53_the_subjects_by_which_people_know_the_mails(name, words):
    assert words in rendering.title(name, 1, "sv")


def test_D21_a_link_names_the_account_it_is_about():
    account, thing = new_id(), new_id()
    assert link_path("invoice-available", thing, account) == f"/fakturor/{thing}?konto={account}"
    assert link_path("registration-welcome", None, None) == "/"
