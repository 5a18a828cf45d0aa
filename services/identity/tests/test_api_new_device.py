"""A login in a browser that is new to the person is told to the person (C19)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.testing import told
from contracts.identity import LoginNewDeviceV1

KARIN, ERIK = "199908072391", "199006022397"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"


@pytest.fixture
def notices(database):
    return lambda: told(database, LoginNewDeviceV1)


def test_C19_the_first_login_of_all_warns_nobody(browser, log_in, notices):
    log_in(browser)
    assert notices() == []


def test_C19_a_login_in_a_new_browser_is_told_with_time_and_kind_of_device(browser, new_browser, log_in, notices, rows):
    first = log_in(browser).json["session"]
    log_in(new_browser(agent=IPHONE))
    (event,) = notices()
    assert (str(event.person_id), event.browser, event.system) == (first["person"]["id"], "Safari", "iPhone")
    assert rows(
        "SELECT identified_at <= :at AS told FROM login_record WHERE id = :id", id=event.login_id, at=event.logged_in_at
    ) == [{"told": True}]


def test_C19_a_browser_that_has_been_used_before_is_known_by_its_device_cookie(browser, new_browser, log_in, notices):
    log_in(browser)
    other = new_browser(agent=IPHONE)
    for _ in range(2):
        log_in(other)
        other.as_person("DELETE", "/session")
    log_in(browser)
    assert len(notices()) == 1


def test_C19_a_browser_whose_cookie_is_gone_is_new_whatever_it_calls_itself(browser, new_browser, log_in, notices):
    log_in(browser)
    log_in(new_browser())
    assert len(notices()) == 1


def test_C19_a_browser_that_another_person_has_used_is_new_to_this_one(browser, new_browser, log_in, notices):
    erik = log_in(new_browser(), ERIK).json["session"]["person"]["id"]
    log_in(browser, KARIN)
    log_in(browser, ERIK)
    assert [str(event.person_id) for event in notices()] == [erik]


def test_C19_a_login_not_completed_makes_no_browser_known(browser, new_browser, log_in, control, later, notices):
    log_in(browser)
    other = new_browser(agent=IPHONE)
    login = other.start("same").json
    control.approve(control.open(login["auto_start_token"], KARIN))
    later(2)
    assert other.poll(login).json["status"] == "awaiting-return"
    assert notices() == []
    log_in(other)
    assert len(notices()) == 1


def test_C19_an_agent_that_we_do_not_know_is_told_as_unknown(browser, new_browser, log_in, notices):
    log_in(browser)
    log_in(new_browser(agent="<b>x</b>"))
    (event,) = notices()
    assert (event.browser, event.system) == (None, None)


def test_C19_of_polls_at_once_one_tells(browser, new_browser, log_in, control, later, notices):
    log_in(browser)
    other = new_browser(agent=IPHONE)
    login = other.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    twin = new_browser(agent=IPHONE)
    for cookie in ("__Host-pre", "__Host-device"):
        twin.http.set_cookie(cookie, other.cookie(cookie), secure=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: who.poll(login), (other, twin)))
    assert len(notices()) == 1
