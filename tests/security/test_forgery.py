"""C20: writes that others make a browser send. C4: fields that only the server sets. C31: limits that stay narrow."""

from __future__ import annotations

import http.client
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from tests.security.matrix import UNKNOWN, WRITES, body_schema, example_body
from tests.security.web import ask

pytestmark = pytest.mark.journey
FOREIGN = {
    "another site": {"Origin": "https://evil.test"},
    "a sibling host": {"Origin": "http://evil.localhost"},
    "another port": {"Origin": "http://localhost:1"},
    "our name as a prefix": {"Origin": "http://localhost.evil.test"},
    "a sandboxed frame": {"Origin": "null"},
    "cross-site by the browser's word": {"Sec-Fetch-Site": "cross-site"},
    "same-site by the browser's word": {"Sec-Fetch-Site": "same-site"},
    "typed into the address field": {"Sec-Fetch-Site": "none"},
    "a form posing as text": {"Origin": "https://evil.test", "Content-Type": "text/plain", "X-CSRF-Token": None},
    "a form": {
        "Origin": "https://evil.test",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRF-Token": None,
    },
}
SERVER_FIELDS = (
    *(
        "id",
        "role",
        "account_id",
        "person_id",
        "owner",
        "status",
        "scopes",
        "staff",
        "approved_by",
        "price",
        "total_ore",
    ),
    *("created_at", "is_admin", "version", "revision", "membership_id", "__proto__", "constructor"),
)


@pytest.mark.parametrize("row", [row for row in WRITES if row.csrf], ids=str)
def test_C20_a_write_that_does_not_come_from_our_page_is_refused(stage, row):
    browser = stage.browser("A1")
    tokens = {}
    if row.access != "public":
        tokens = {
            "no token": {"X-CSRF-Token": None},
            "an empty token": {"X-CSRF-Token": ""},
            "somebody else's token": {"X-CSRF-Token": stage.browser("B1").csrf_token},
            "the session instead of the token": {"X-CSRF-Token": browser.cookies["__Host-sid"]},
            "no word of where from": {"Origin": None},
        }
    before = stage.settled(row.service)
    for what, headers in (FOREIGN | tokens).items():
        answer = ask(browser, row.method, row.address(), example_body(row), headers=headers)
        assert (answer.status, answer.code) == (403, "csrf-refused"), f"{what}: {answer}"
    assert stage.settled(row.service) == before


def test_C20_only_routes_with_a_secret_of_their_own_go_without(stage):
    free = {row.key for row in WRITES if not row.csrf}
    assert free == {
        "invitations.look_up_invitation",
        "invitations.decline_invitation",
        "notify.answer_notice_copy",
        "notify.report_sms",
    }


@pytest.mark.parametrize("row", [row for row in WRITES if body_schema(row)], ids=str)
def test_C4_every_field_that_only_the_server_sets_is_refused_by_name(stage, row):
    ours = set(SERVER_FIELDS) - set(body_schema(row)["properties"])
    body = example_body(row) | dict.fromkeys(ours, UNKNOWN)
    before = stage.settled(row.service)
    asker = stage.browser("S" if row.access == "staff" else "A1")
    answer = ask(asker, row.method, row.address(), body)
    assert (answer.status, answer.code) == (422, "invalid"), str(answer)
    assert ours <= {entry["field"] for entry in answer.json["errors"]}
    assert stage.settled(row.service) == before


def test_C31_no_header_widens_a_limit(suite):
    target = urlsplit(suite.world.gateway_url)
    path = f"/api/notify/v1/sms-reports/{UNKNOWN}/{'x' * 43}"
    allowed = 60 + 1
    met = Counter()
    started = time.monotonic()
    for number in range(2 * allowed):
        address = f"192.0.2.{number}"
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=10)
        connection.request(
            "POST",
            path,
            body=b"id=x&status=sent",
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"{address}, 198.51.100.{number}",
                "X-Real-IP": address,
                "Forwarded": f"for={address}",
                "CF-Connecting-IP": address,
                "True-Client-IP": address,
                "X-Client-IP": address,
                "Cookie": f"__Host-pre={'x' * 40}{number:03}; __Host-sid={'y' * 40}{number:03}",
                "User-Agent": f"{number}",
            },
        )
        answer = connection.getresponse()
        met[answer.status] += 1
        if answer.status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
        answer.read()
        connection.close()
    refilled = 2 * (time.monotonic() - started) + 1
    assert met.keys() == {404, 429}
    assert met[404] <= allowed + refilled
