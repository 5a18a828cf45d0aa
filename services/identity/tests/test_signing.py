"""Signatures that other services ask for, with the real simulator behind: S, FA1-FA3, C15-C17."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from chassis.ids import new_id
from chassis.jobs import JobContext
from chassis.testing import gateway, told
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded
from contracts.identity import SignatureCompletedV1, SignatureFailedV1, SignatureFailure
from identity.app import JOBS
from identity.domain.signing import LONGEST_TEXT_BYTES, MOST_ATTEMPTS
from sim_bankid.control import ControlError

KARIN, ERIK = "199908072391", "199006022397"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148 Safari/604.1"
TEXT = "# Ansökan om anslutning\n\nJag intygar att **uppgifterna är riktiga** & fullständiga <2026>."
DOCUMENT = hashlib.sha256(b"the document").hexdigest()


@pytest.fixture
def ask(browser):
    """``ask(person_id)``: another service orders a signature."""

    def order(person_id, *, service="cases", **changes):
        body = {
            "sign_order_id": str(new_id()),
            "subject_id": str(new_id()),
            "person_id": str(person_id),
            "purpose": "case-submission",
            "text": TEXT,
            "document_sha256": DOCUMENT,
        }
        return browser.send("POST", "/internal/sign-orders", body | changes, who=gateway(service))

    return order


class Signer:
    """Karin's browser, logged in, with one order to sign."""

    def __init__(self, browser, person_id, order):
        self.browser, self.person_id, self.id = browser, person_id, order["sign_order_id"]

    def send(self, method, path="", body=None):
        return self.browser.as_person(method, f"/sign-orders/{self.id}{path}", body)

    def start(self, device="other", **more):
        return self.send("POST", "/starts", {"device": device, **more})

    def poll(self):
        return self.send("POST", "/polls")

    def come_back(self, nonce):
        return self.send("POST", "/returns", {"nonce": nonce})

    def show(self):
        return self.send("GET").json


@pytest.fixture
def karin(browser, log_in, ask):
    session = log_in(browser).json["session"]
    return Signer(browser, session["person"]["id"], ask(session["person"]["id"]).json)


@pytest.fixture
def sign(control, later):
    """``sign(karin)``: with a QR code, to the end; the last answer."""

    def run(signer, person=KARIN, **outcome):
        started = signer.start()
        assert started.status_code == 200, started.text
        order = control.scan(started.json["attempt"]["qr"], person)
        control.approve(order, **outcome)
        later(2)
        return signer.poll()

    return run


def nonce_of(control):
    url = urlsplit(control.orders()[0]["request"]["returnUrl"])
    return parse_qs(url.fragment or url.query)["nonce"][0]


# ---- the whole way
def test_FA2_a_signature_by_qr_code_is_told_to_the_service_that_asked(karin, sign, database, control, rows):
    done = sign(karin)
    assert done.status_code == 200
    assert (done.json["attempt"]["status"], done.json["order"]["status"]) == ("complete", "completed")
    assert done.json["attempt"]["message"] == {"code": "MS7", "text": "Du har skrivit under."}
    assert "__Host-pre=;" in str(done.headers.getlist("Set-Cookie"))
    (event,) = told(database, SignatureCompletedV1)
    order = rows("SELECT * FROM sign_order")[0]
    assert (event.requested_by, event.purpose, event.document_sha256) == ("cases", "case-submission", DOCUMENT)
    assert (str(event.sign_order_id), str(event.person_id)) == (karin.id, karin.person_id)
    assert (event.subject_id, event.signed_at) == (order["subject_id"], order["ended_at"])
    record = told(database, ActivityRecorded)[-1]
    assert (str(record.person_id), record.text_sv) == (karin.person_id, "Skrev under med BankID")


def test_bankid_is_sent_the_text_the_hash_and_the_only_person_who_may_sign(karin, control):
    karin.start()
    request = control.orders()[0]["request"]
    assert control.orders()[0]["kind"] == "sign"
    assert base64.b64decode(request["userVisibleData"]).decode() == TEXT
    assert request["userVisibleDataFormat"] == "simpleMarkdownV1"
    assert request["requirement"] == {"personalNumber": KARIN}
    assert request["returnRisk"] is True
    bound = json.loads(base64.b64decode(request["userNonVisibleData"]))
    assert bound["document_sha256"] == DOCUMENT
    assert bound["sign_order"] == karin.id
    assert set(bound) == {"attempt", "document_sha256", "sign_order"}


def test_C17_the_browser_never_sees_order_secret_or_attempt(karin, rows):
    seen = karin.start().text + karin.poll().text
    stored = rows("SELECT id::text, order_ref, qr_start_secret FROM login WHERE sign_order_id IS NOT NULL")[0]
    for value in stored.values():
        assert value not in seen


def test_FA1_on_the_same_device_the_nonce_of_the_return_address_completes_it(log_in, new_browser, ask, control, later):
    browser = new_browser(agent=PHONE)
    person_id = log_in(browser).json["session"]["person"]["id"]
    karin = Signer(browser, person_id, ask(person_id).json)
    started = karin.start("same").json["attempt"]
    assert started["qr"] is None
    assert started["launch_url"].startswith("https://app.bankid.com/?autostarttoken=")
    url = urlsplit(control.orders()[0]["request"]["returnUrl"])
    assert (url.path, parse_qs(url.fragment)["order"]) == ("/skriv-under/retur", [karin.id])
    control.approve(control.open(started["auto_start_token"], KARIN))
    later(2)
    waiting = karin.poll().json
    assert (waiting["attempt"]["status"], waiting["order"]["status"]) == ("awaiting-return", "pending")
    assert karin.come_back("x" * 43).status_code == 404
    done = karin.come_back(nonce_of(control)).json
    assert (done["attempt"]["status"], done["order"]["status"]) == ("complete", "completed")
    assert karin.come_back(nonce_of(control)).status_code == 404


def test_FA1_a_page_without_script_signs_on_the_same_device_too(log_in, new_browser, ask, control, later):
    browser = new_browser(agent=PHONE)
    person_id = log_in(browser).json["session"]["person"]["id"]
    karin = Signer(browser, person_id, ask(person_id).json)
    started = karin.start("same", return_mode="query").json["attempt"]
    assert karin.poll().json["attempt"]["launch_url"] == started["launch_url"]
    url = urlsplit(control.orders()[0]["request"]["returnUrl"])
    assert (url.path, parse_qs(url.query)["order"]) == ("/skriv-under/retur", [karin.id])
    control.approve(control.open(started["auto_start_token"], KARIN))
    later(2)
    assert karin.come_back(nonce_of(control)).json["order"]["status"] == "completed"


def test_FA2_the_qr_code_is_animated_and_renewed_silently(karin, control, later):
    first = karin.start().json["attempt"]["qr"]
    later(1)
    assert karin.poll().json["attempt"]["qr"] != first
    later(30)
    again = karin.poll().json["attempt"]
    assert again["status"] == "pending"
    assert again["qr"].split(".")[1] != first.split(".")[1]
    request = control.orders()[0]["request"]
    assert request["requirement"] == {"personalNumber": KARIN}
    assert base64.b64decode(request["userVisibleData"]).decode() == TEXT


# ---- attempts fail, orders end
def test_FA3_a_failed_attempt_leaves_the_order_open_and_says_why(karin, control, later, database, sign):
    login = karin.start().json["attempt"]
    control.cancel(control.scan(login["qr"], KARIN))
    later(2)
    answer = karin.poll().json
    assert (answer["attempt"]["status"], answer["attempt"]["message"]["code"]) == ("failed", "RFA6")
    assert answer["order"]["status"] == "pending"
    assert told(database, SignatureFailedV1) == []
    assert sign(karin).json["order"]["status"] == "completed"


def test_leaving_the_page_cancels_the_attempt_in_the_app_and_keeps_the_order(karin, control, sign):
    karin.start()
    assert karin.send("DELETE", "/starts").status_code == 204
    assert control.orders()[0]["hintCode"] == "cancelled"
    assert karin.poll().status_code == 404
    assert karin.send("DELETE", "/starts").status_code == 204
    assert karin.show()["status"] == "pending"
    assert sign(karin).json["order"]["status"] == "completed"


def test_declining_ends_the_order_for_good(karin, control, database):
    karin.start()
    for _ in range(2):
        assert karin.send("DELETE").status_code == 204
    assert control.orders()[0]["hintCode"] == "cancelled"
    assert (karin.show()["status"], karin.show()["reason"]) == ("failed", "cancelled")
    refused = karin.start()
    assert (refused.status_code, refused.json["code"]) == (409, "sign-order-closed")
    (event,) = told(database, SignatureFailedV1)
    assert event.reason is SignatureFailure.CANCELLED


def test_a_service_can_withdraw_its_own_order_and_no_other(karin, browser, control, database):
    karin.start()
    path = f"/internal/sign-orders/{karin.id}"
    assert browser.send("DELETE", path, who=gateway("orders")).status_code == 404
    assert browser.send("DELETE", path, who=gateway("cases")).status_code == 204
    assert control.orders()[0]["hintCode"] == "cancelled"
    assert karin.show()["reason"] == "withdrawn"
    assert told(database, SignatureFailedV1)[0].reason is SignatureFailure.WITHDRAWN
    assert browser.send("DELETE", path, who=gateway("cases")).status_code == 204
    assert len(told(database, SignatureFailedV1)) == 1


def test_an_order_expires_by_the_databases_clock_and_the_job_tells_it_once(karin, database, settings):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE sign_order SET expires_at = now()"))
    assert (karin.show()["status"], karin.show()["reason"]) == ("failed", "expired")
    assert karin.start().json["code"] == "sign-order-closed"
    for _ in range(2):
        JOBS.get("expire-sign-orders").run(JobContext(database, settings))
    (event,) = told(database, SignatureFailedV1)
    assert event.reason is SignatureFailure.EXPIRED


def test_a_signature_that_comes_after_the_order_was_withdrawn_is_not_told(karin, browser, control, later, database):
    login = karin.start().json["attempt"]
    order = control.scan(login["qr"], KARIN)
    control.fault("error", "cancel", status=500, errorCode="internalError")
    browser.send("DELETE", f"/internal/sign-orders/{karin.id}", who=gateway("cases"))
    control.approve(order)
    later(2)
    answer = karin.poll().json
    assert (answer["attempt"]["status"], answer["order"]["reason"]) == ("failed", "withdrawn")
    assert told(database, SignatureCompletedV1) == []


# ---- who signs
def test_bankid_itself_refuses_another_persons_bankid(karin, control, later, database, rows):
    login = karin.start("same").json["attempt"]
    with pytest.raises(ControlError, match="noUsableId"):
        control.open(login["auto_start_token"], ERIK)
    later(2)
    assert karin.poll().json["attempt"]["message"]["code"] == "RFA15A"
    later(180)
    answer = karin.poll().json
    assert (answer["attempt"]["status"], answer["order"]["status"]) == ("failed", "pending")
    assert told(database, SignatureCompletedV1) == []
    assert rows("SELECT 1 FROM evidence WHERE sign_order_id IS NOT NULL") == []


def test_S_a_signature_of_another_person_fails_the_order_and_nothing_readable_is_kept(
    karin, control, later, database, rows, everything, app, monkeypatch
):
    # BankID lets another one through: as if it had not been told whose signature is wanted.
    bankid = app.extensions["chassis"].extensions["bankid"]
    whole = bankid._call

    def without_requirement(endpoint, body):
        return whole(endpoint, {name: value for name, value in body.items() if name != "requirement"})

    monkeypatch.setattr(bankid, "_call", without_requirement)
    login = karin.start().json["attempt"]
    control.approve(control.scan(login["qr"], ERIK))
    later(2)
    answer = karin.poll().json
    assert (answer["attempt"]["status"], answer["attempt"]["message"]["code"]) == ("failed", "MS10")
    assert (answer["order"]["status"], answer["order"]["reason"]) == ("failed", "other-person")
    assert told(database, SignatureFailedV1)[0].reason is SignatureFailure.OTHER_PERSON
    assert told(database, SignatureCompletedV1) == []
    (kept,) = rows("SELECT person_id, outcome FROM evidence WHERE sign_order_id IS NOT NULL")
    assert kept == {"person_id": None, "outcome": "other-person"}
    stored = everything()
    assert "Erik" not in stored
    assert ERIK not in stored
    assert len(rows("SELECT 1 FROM person")) == 1


@pytest.mark.parametrize(
    "edit",
    [
        {"set": {"completionData.signature": "bm90IHhtbA=="}},
        {"set": {"completionData.ocspResponse": "AAAA"}},
        {"set": {"completionData.user.personalNumber": ERIK}},
    ],
    ids=["signature", "ocsp", "person"],
)
def test_B17_an_untrue_proof_fails_the_order(karin, control, later, database, rows, edit):
    login = karin.start().json["attempt"]
    control.approve(control.scan(login["qr"], KARIN))
    later(2)
    control.fault("edit", "collect", **edit)
    answer = karin.poll().json
    assert (answer["attempt"]["status"], answer["order"]["reason"]) == ("failed", "proof-refused")
    assert told(database, SignatureFailedV1)[0].reason is SignatureFailure.PROOF_REFUSED
    assert rows("SELECT 1 FROM evidence WHERE sign_order_id IS NOT NULL") == []


def test_C17_a_high_risk_fails_the_order_with_a_warning(karin, sign, database):
    answer = sign(karin, risk="high").json
    assert (answer["attempt"]["message"]["code"], answer["order"]["reason"]) == ("MS9", "risk-high")
    assert told(database, SignatureFailedV1)[0].reason is SignatureFailure.RISK_HIGH


def test_FA3_RFA4_an_order_that_bankid_has_running_is_said_in_bankids_words(karin, control, new_browser, log_in, ask):
    other = new_browser()
    log_in(other)
    control.reset()
    second = Signer(other, karin.person_id, ask(karin.person_id).json)
    karin.start()
    refused = second.start()
    assert (refused.status_code, refused.json["code"]) == (409, "bankid-already-running")
    assert "pågår redan" in refused.json["detail"]
    assert second.start().status_code == 200


# ---- whose order, which browser
def test_C1_another_persons_order_is_404_as_an_unknown_one_is(karin, new_browser, log_in):
    erik = new_browser()
    log_in(erik, ERIK)
    karin.start()
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/starts", {"device": "other"}),
        ("POST", "/polls", None),
        ("POST", "/returns", {"nonce": "x" * 43}),
        ("DELETE", "/starts", None),
        ("DELETE", "", None),
    ):
        foreign = erik.as_person(method, f"/sign-orders/{karin.id}{path}", body)
        unknown = erik.as_person(method, f"/sign-orders/{new_id()}{path}", body)
        assert foreign.status_code == unknown.status_code == 404, (method, path)
        assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}
    assert karin.show()["status"] == "pending"


def test_C15_an_attempt_of_another_browser_of_the_same_person_is_404(karin, new_browser, log_in, control, later):
    login = karin.start().json["attempt"]
    other = new_browser()
    log_in(other)
    control.approve(control.scan(karin.start().json["attempt"]["qr"], KARIN))
    later(2)
    assert Signer(other, karin.person_id, {"sign_order_id": karin.id}).poll().status_code == 404
    assert karin.poll().json["order"]["status"] == "completed"
    del login


def test_C15_a_signature_is_no_login(karin, control, later, rows):
    started = karin.start().json["attempt"]
    (attempt,) = rows("SELECT id FROM login WHERE sign_order_id IS NOT NULL")
    control.approve(control.scan(started["qr"], KARIN))
    later(2)
    sessions = len(rows("SELECT 1 FROM session"))
    assert karin.browser.poll({"login_id": attempt["id"]}).status_code == 404
    assert karin.browser.come_back({"login_id": attempt["id"]}, "x" * 43).status_code == 404
    assert karin.browser.send("DELETE", f"/logins/{attempt['id']}").status_code == 404
    assert len(rows("SELECT 1 FROM session")) == sessions
    assert karin.poll().json["order"]["status"] == "completed"


def test_one_order_per_browser_a_login_and_a_signature_replace_each_other(karin, control):
    karin.start()
    karin.browser.start()
    assert [order["status"] for order in control.orders()][:2] == ["pending", "failed"]
    assert karin.poll().status_code == 404
    karin.start()
    assert [order["kind"] for order in control.orders() if order["status"] == "pending"] == ["sign"]


def test_C15_fifty_parallel_polls_complete_an_order_once(karin, control, later, app, database, rows):
    control.approve(control.scan(karin.start().json["attempt"]["qr"], KARIN))
    later(2)
    pre = karin.browser.cookie("__Host-pre")
    who = Principal(person_id=karin.person_id, session_id=new_id())

    def poll(_):
        from chassis.testing import MINTER

        with app.test_client() as http:
            http.set_cookie("__Host-pre", pre)
            headers = {"Authorization": f"Bearer {MINTER.mint('identity', who)}"}
            return http.post(f"/v1/sign-orders/{karin.id}/polls", headers=headers)

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(poll, range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(told(database, SignatureCompletedV1)) == 1
    assert len(rows("SELECT 1 FROM evidence WHERE sign_order_id IS NOT NULL")) == 1


def test_attempts_have_an_end(karin, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE sign_order SET attempts = :most"), {"most": MOST_ATTEMPTS})
    refused = karin.start()
    assert (refused.status_code, refused.json["code"]) == (429, "sign-attempts-too-many")


@pytest.mark.parametrize("fault", [{"mode": "disconnect"}, {"mode": "error", "status": 500}], ids=str)
def test_A27_a_start_that_bankid_does_not_answer_is_503_and_leaves_the_order_open(karin, control, sign, fault):
    control.fault(fault.pop("mode"), "sign", **fault)
    assert karin.start().status_code == 503
    assert sign(karin).json["order"]["status"] == "completed"


# ---- ordering
def test_the_same_order_twice_is_one_and_another_by_its_id_is_refused(karin, ask, rows):
    order = {"sign_order_id": str(new_id()), "subject_id": str(new_id())}
    first, again = ask(karin.person_id, **order), ask(karin.person_id, **order)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    differs = ask(karin.person_id, **order, text="Något annat.")
    assert (differs.status_code, differs.json["code"]) == (409, "sign-order-differs")
    assert ask(karin.person_id, service="orders", **order).status_code == 404
    assert len(rows("SELECT 1 FROM sign_order")) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": "å" * (LONGEST_TEXT_BYTES // 2 + 1)},
        {"document_sha256": "abc"},
        {"document_sha256": DOCUMENT.upper()},
        {"purpose": "Skriv under!"},
        {"valid_minutes": 1},
        {"valid_minutes": "60"},
        {"extra": 1},
    ],
    ids=lambda change: next(iter(change)) + str(len(str(next(iter(change.values()))))),
)
def test_an_order_that_bankid_could_not_show_is_refused_at_once(karin, ask, rows, change):
    assert ask(karin.person_id, **change).status_code == 422
    assert len(rows("SELECT 1 FROM sign_order")) == 1


def test_the_longest_text_is_one_that_bankid_takes(karin, ask, control):
    order = ask(karin.person_id, text="å" * (LONGEST_TEXT_BYTES // 2))
    assert order.status_code == 201
    assert Signer(karin.browser, karin.person_id, order.json).start().status_code == 200


def test_nobody_else_may_order_and_not_for_an_unknown_person(karin, ask, browser):
    for service in ("billing", "gateway", "identity"):
        assert ask(karin.person_id, service=service).status_code == 403
    assert ask(new_id()).json["code"] == "person-not-found"
    who = Principal(person_id=karin.person_id, session_id=new_id())
    assert browser.send("POST", "/internal/sign-orders", {}, who=who).status_code in {401, 403}


def test_orders_that_were_not_signed_are_forgotten_after_ninety_days_and_signed_ones_are_not(
    karin, ask, sign, database, settings, rows
):
    declined = ask(karin.person_id).json["sign_order_id"]
    sign(karin)
    karin.browser.as_person("DELETE", f"/sign-orders/{declined}")

    def forget(days):
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE sign_order SET ended_at = now() - make_interval(days => :d)"), {"d": days})
        JOBS.get("forget-logins-and-sessions").run(JobContext(database, settings))
        return {str(row["id"]) for row in rows("SELECT id FROM sign_order")}

    assert forget(89) == {declined, karin.id}
    assert forget(91) == {karin.id}


def test_S_the_text_is_kept_sealed(karin, everything):
    assert "anslutning" not in everything()
    assert "anslutning" in karin.show()["text"]
