import pytest

KARIN, ERIK = "199908072391", "199006022397"


# ---- BankID misbehaves (A27)
@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "error", "status": 500, "errorCode": "internalError"},
        {"mode": "error", "status": 503, "errorCode": "Maintenance"},
        {"mode": "error", "status": 429, "errorCode": None},
        {"mode": "raw", "status": 200, "text": "<html>hej</html>"},
        {"mode": "raw", "status": 200, "text": "{}", "contentType": "application/json"},
        {"mode": "huge", "size": 10_000_000},
        {"mode": "redirect"},
        {"mode": "disconnect"},
        {"mode": "edit", "remove": ["qrStartSecret"]},
    ],
    ids=lambda fault: f"{fault['mode']}-{fault.get('status', '')}",
)
def test_A27_a_start_that_fails_is_503_with_a_text_and_leaves_nothing(browser, control, rows, fault):
    control.fault(fault.pop("mode"), "auth", **fault)
    answer = browser.start()
    assert answer.status_code == 503
    assert answer.json["code"] == "bankid-unavailable"
    assert "Retry-After" in answer.headers
    assert rows("SELECT 1 FROM login") == []
    assert browser.cookie("__Host-pre") is None


def test_A27_a_request_that_bankid_finds_wrong_is_our_fault_and_is_not_shown_as_bankids(browser, control):
    control.fault("error", "auth", status=400, errorCode="invalidParameters", details="No such order")
    answer = browser.start()
    assert answer.status_code == 503
    assert answer.json["code"] == "login-unavailable"
    assert "No such order" not in answer.text


@pytest.mark.slow
def test_A27_a_slow_collect_is_given_up_after_three_seconds_and_the_login_goes_on(browser, control, later):
    login = browser.start().json
    order = control.scan(login["qr"], KARIN)
    control.fault("slow", "collect", seconds=20)
    later(2)
    assert browser.poll(login).json["status"] == "pending"
    control.approve(order)
    later(2)
    assert browser.poll(login).json["status"] == "complete"


def test_A27_three_collects_in_a_row_without_answer_end_the_login(browser, control, later):
    login = browser.start().json
    control.fault("disconnect", "collect", times=3)
    states = []
    for _ in range(3):
        later(2)
        states.append(browser.poll(login).json["status"])
    assert states == ["pending", "pending", "failed"]


def test_A27_maintenance_is_tolerated_and_an_internal_error_is_told_at_once(browser, new_browser, control, later):
    login = browser.start().json
    control.fault("error", "collect", status=503, errorCode="maintenance")
    later(2)
    assert browser.poll(login).json["status"] == "pending"
    other = new_browser()
    login = other.start().json
    control.fault("error", "collect", status=500, errorCode="internalError")
    later(2)
    answer = other.poll(login).json
    assert (answer["status"], answer["message"]["code"]) == ("failed", "RFA5")


@pytest.mark.parametrize(
    "edit",
    [
        {"set": {"orderRef": "131daac9-16c6-4618-beb0-365768f37288"}},
        {"remove": ["completionData"]},
        {"remove": ["completionData.user"]},
        {"remove": ["completionData.signature"]},
        {"set": {"completionData.user.personalNumber": "199908072390"}},
        {"set": {"completionData.user.personalNumber": "9908072391"}},
        {"set": {"completionData.user.personalNumber": ERIK}},
        {"set": {"completionData.user.name": "<script>alert(1)</script>"}},
        {"set": {"completionData.user.name": 7}},
        {"set": {"completionData.signature": "bm90IHhtbA=="}},
        {"set": {"status": "approved"}},
        {"set": {"status": None}},
    ],
    ids=str,
)
def test_B17_an_answer_that_does_not_hold_together_logs_nobody_in(browser, control, later, rows, edit):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    control.fault("edit", "collect", **edit)
    answer = browser.poll(login)
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["message"]["code"]) == ("failed", "RFA22")
    assert rows("SELECT 1 FROM session") == rows("SELECT 1 FROM person") == []


def test_B17_unknown_fields_and_a_missing_risk_are_no_reason_to_refuse(browser, control, later):
    login = browser.start().json
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    control.fault(
        "edit", "collect", set={"completionData.newIn2027": {"a": 1}, "other": 1}, remove=["completionData.risk"]
    )
    assert browser.poll(login).json["status"] == "complete"


# ---- what the browser may send
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"device": "fridge"},
        {"device": None},
        {"device": "other", "personal_number": KARIN},
        {"device": "other", "return_path": "//evil.example"},
        {"device": "other", "return_path": "https://evil.example"},
        {"device": "other", "return_path": "/" + "a" * 200},
    ],
    ids=str,
)
def test_a_start_that_breaks_the_schema_starts_nothing(browser, control, body):
    answer = browser.send("POST", "/logins", body)
    assert answer.status_code == 422
    assert KARIN not in answer.text
    assert control.orders() == []


def test_an_address_that_the_gateway_did_not_set_right_does_not_reach_bankid(new_browser, control):
    assert new_browser(address="::ffff:198.51.100.9").start().status_code == 201
    assert control.orders()[0]["request"]["endUserIp"] == "198.51.100.9"
    assert new_browser(address="evil, 1.2.3.4").start().status_code == 201
    assert control.orders()[0]["request"]["endUserIp"] == "127.0.0.1"
    assert new_browser(address="2001:DB8::1").start().status_code == 201
    assert control.orders()[0]["request"]["endUserIp"] == "2001:db8::1"
