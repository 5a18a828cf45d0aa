"""The SMS gateway behaves as 46elks documents it, and misbehaves as ordered."""

import base64
import threading

import httpx2 as httpx
import pytest

from chassis.testing import wait_for
from sim_postbox.sms_api import parts_of

NUMBER = "+46701740605"


def test_an_sms_is_answered_as_46elks_does(sms, box, http):
    answer = sms(message="Din kod är 123. https://localhost:8080/i/abc.")
    assert answer.status_code == 200
    body = answer.json()
    assert body["id"].startswith("s")
    assert body["created"]
    assert {key: body[key] for key in ("status", "direction", "from", "to", "parts", "cost")} == {
        "status": "created",
        "direction": "outgoing",
        "from": "MinaSidor",
        "to": NUMBER,
        "parts": 1,
        "cost": 5200,
    }
    kept = box.wait_for_sms(NUMBER, "din kod")
    assert kept["id"] == body["id"]
    assert kept["links"] == ["https://localhost:8080/i/abc"]
    shown = http.get(f"/a1/sms/{body['id']}", auth=("test-account", "test-account-password"))
    assert shown.json()["message"] == "Din kod är 123. https://localhost:8080/i/abc."


@pytest.mark.parametrize("auth", [None, ("test-account", "wrong"), ("nobody", "x")])
def test_without_the_account_nothing_is_taken(http, box, auth):
    form = {"from": "MinaSidor", "to": NUMBER, "message": "Hej"}
    answer = http.post("/a1/sms", data=form, auth=auth)
    assert (answer.status_code, answer.text) == (
        401,
        "API access requires Basic HTTP authentication",
    )
    assert box.messages() == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"to": ""}, "Missing key to"),
        ({"message": ""}, "Missing key message"),
        ({"from": ""}, "Missing key from"),
        ({"to": "0701740605"}, "Invalid to number"),
        ({"from": "Mina sidor"}, "Invalid sender"),
        ({"from": "MinaSidorSverige"}, "Invalid sender"),
        ({"message": "x" * 1600}, "too long"),
        ({"whendelivered": "ftp://x"}, "Invalid whendelivered"),
    ],
)
def test_a_mistake_is_400_in_plain_text(sms, box, form, words):
    answer = sms(**form)
    assert answer.status_code == 400
    assert words in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert box.messages() == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("å" * 160, 1),
        ("å" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("č" * 70, 1),
        ("č" * 71, 2),
        ("🐘" * 35, 1),
        ("🐘" * 36, 2),
    ],
)
def test_parts_are_counted_as_telephones_do(text, parts):
    assert parts_of(text) == parts


def test_the_webhook_says_delivered_with_the_time(sms, box, webhook):
    sent = sms(whendelivered=webhook.url).json()["id"]
    wait_for(lambda: webhook.calls)
    [call] = webhook.calls
    assert set(call) == {"id", "status", "delivered"}
    assert (call["id"], call["status"]) == (sent, "delivered")
    assert box.message(sent)["status"] == "delivered"
    assert webhook.authorizations == [None]


def test_the_webhook_may_carry_basic_authentication(sms, webhook):
    sms(whendelivered=f"http://elks:p%40ss@{webhook.host}/dlr?key=1")
    wait_for(lambda: webhook.calls)
    assert webhook.authorizations == ["Basic " + base64.b64encode(b"elks:p@ss").decode()]


def test_the_webhook_comes_again_until_it_is_accepted(sms, box, webhook):
    webhook.statuses = [500, 302, 205]
    sms(whendelivered=webhook.url)
    made = wait_for(lambda: len(box.webhooks()) == 4 and box.webhooks())
    assert [call["answer"] for call in made] == [500, 302, 205, 204]
    assert [call["attempt"] for call in made] == [1, 2, 3, 4]
    assert len({call["id"] for call in webhook.calls}) == 1


def test_the_webhook_is_given_up_after_six_attempts(sms, box):
    sms(whendelivered="http://127.0.0.1:9/nobody")
    made = wait_for(lambda: len(box.webhooks()) == 6 and box.webhooks())
    assert {call["answer"] for call in made} == {"URLError"}


def test_delivery_fails_comes_twice_or_never(sms, box, webhook):
    box.faults.delivery("failed", to=NUMBER)
    failed = sms(whendelivered=webhook.url).json()["id"]
    wait_for(lambda: webhook.calls)
    assert webhook.calls == [{"id": failed, "status": "failed"}]

    box.faults.delivery("twice")
    sms(whendelivered=webhook.url)
    wait_for(lambda: len(webhook.calls) == 3)
    assert webhook.calls[1] == webhook.calls[2]

    box.faults.delivery("silent")
    silent = sms(whendelivered=webhook.url).json()["id"]
    wait_for(lambda: box.faults.struck().get("delivery.silent"))
    assert box.message(silent)["status"] == "created"
    box.report_sms(silent, "delivered")
    wait_for(lambda: len(webhook.calls) == 4)
    box.report_sms(silent, "sent")
    wait_for(lambda: len(webhook.calls) == 5)
    assert [call["status"] for call in webhook.calls[3:]] == ["delivered", "sent"]
    assert {call["id"] for call in webhook.calls[3:]} == {silent}


def test_the_gateway_fails_and_keeps_nothing(sms, box):
    box.faults.sms("status", code=503, text="Down", count=2)
    assert [sms().status_code for _ in range(2)] == [503, 503]
    box.faults.sms("garbage")
    with pytest.raises(ValueError):
        sms().json()
    box.faults.sms("huge", size=300_001)
    assert len(sms().content) == 300_001
    box.faults.sms("redirect", text="http://127.0.0.1:9/")
    assert sms().headers["Location"] == "http://127.0.0.1:9/"
    box.faults.sms("drop")
    with pytest.raises(httpx.RemoteProtocolError):
        sms()
    assert box.messages() == []
    assert sms().status_code == 200


def test_the_connection_may_drop_after_the_sms_was_taken(sms, box, webhook):
    box.faults.sms("drop-after")
    with pytest.raises(httpx.RemoteProtocolError):
        sms(whendelivered=webhook.url)
    [kept] = box.messages(NUMBER, kind="sms")
    wait_for(lambda: webhook.calls)
    assert webhook.calls[0]["id"] == kept["id"]


def test_a_slow_gateway_takes_the_sms_in_the_end(sms, box):
    box.faults.sms("slow", seconds=60)
    late = threading.Thread(target=sms)
    late.start()
    wait_for(lambda: box.faults.struck() == {"sms.slow": 1})
    assert box.messages() == []
    box.faults.clear()
    late.join(5)
    assert len(box.messages(NUMBER)) == 1
