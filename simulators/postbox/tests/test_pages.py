"""The page works without JavaScript, and nothing in a mail runs in it."""

from html.parser import HTMLParser

import pytest

from sim_postbox.app import create_app
from sim_postbox.settings import Settings

EVIL = '<script>alert(1)</script><img src="http://127.0.0.1:9/spy"><form action="/x"></form><p>Hej</p>'


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def of(self, tag):
        return [attrs for name, attrs in self.seen if name == tag]


@pytest.fixture
def both(send, sms, mail, box):
    rich = mail(subject="<b>Ämne</b>")
    rich.add_alternative(EVIL, subtype="html")
    rich.add_attachment(b"<script>", maintype="text", subtype="html", filename="a.html")
    send(rich)
    sms(message="Kod <i>1</i> http://localhost:8080/s?a=1&b=2")
    return [message["id"] for message in box.messages()]


def test_the_list_shows_mail_and_sms_newest_first(http, both):
    answer = http.get("/")
    tags = Tags(answer.text)
    shown = [a["href"].rpartition("/")[2] for a in tags.of("a") if "/messages/" in a["href"]]
    assert shown == both[::-1]
    assert "&lt;b&gt;Ämne&lt;/b&gt;" in answer.text
    assert tags.of("html") == [{"lang": "sv"}]
    assert [m["name"] for m in tags.of("meta") if "name" in m] == ["viewport"]
    assert tags.of("label")[0]["for"] == tags.of("input")[0]["id"]
    assert not tags.of("script")
    assert not tags.of("style")
    assert not [a for _, a in tags.seen if "style" in a or any(n.startswith("on") for n in a)]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert http.get(tags.of("link")[0]["href"]).status_code == 200


def test_the_list_can_be_limited_to_a_recipient(http, both):
    text = http.get("/", params={"till": "ANNA@example.com"}).text
    assert both[0] in text
    assert both[1] not in text
    assert "Här är tomt" in http.get("/", params={"till": "ingen@example.com"}).text


def test_the_list_has_pages(http, sms):
    for number in range(51):
        sms(message=f"nummer {number}.")
    first = http.get("/").text
    assert "nummer 50." in first
    assert "nummer 0." not in first
    [older] = [a for a in Tags(first).of("a") if "sida=2" in a["href"]]
    assert "nummer 0." in http.get(older["href"]).text


def test_a_mail_has_text_links_frame_headers_and_attachments(http, both):
    answer = http.get(f"/messages/{both[0]}")
    tags = Tags(answer.text)
    links = [a for a in tags.of("a") if a["href"] == "https://localhost:8080/inbjudan/abc123"]
    assert len(links) == 2, "in the text and in the list of links"
    assert {a["rel"] for a in links} == {"noopener noreferrer"}
    [frame] = tags.of("iframe")
    assert frame["title"]
    assert "allow-scripts" not in frame["sandbox"]
    assert "allow-same-origin" not in frame["sandbox"]
    assert "srcdoc" not in frame
    assert "alert(1)" not in answer.text
    assert "&lt;one@minasidor.example&gt;" in answer.text

    part = http.get(frame["src"])
    policy = part.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    for word in ("default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"):
        assert word in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert '<base target="_blank">' in part.text

    [file] = [a["href"] for a in tags.of("a") if "/attachments/" in a["href"]]
    attachment = http.get(file)
    assert attachment.headers["Content-Disposition"].startswith("attachment")
    assert attachment.headers["Content-Type"] == "application/octet-stream"
    assert attachment.content == b"<script>"
    raw = http.get(f"/messages/{both[0]}/raw")
    assert raw.headers["Content-Type"].startswith("text/plain")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def test_an_sms_has_its_text_with_working_links(http, both):
    answer = http.get(f"/messages/{both[1]}")
    assert "Kod &lt;i&gt;1&lt;/i&gt;" in answer.text
    hrefs = {a["href"] for a in Tags(answer.text).of("a")}
    assert "http://localhost:8080/s?a=1&b=2" in hrefs
    assert not Tags(answer.text).of("iframe")


def test_what_is_gone_is_said_in_swedish(http, both, box):
    for path in (f"/messages/{both[1]}/html", f"/messages/{both[0]}/attachments/9", "/nothing"):
        assert http.get(path).status_code == 404
    box.reset()
    answer = http.get(f"/messages/{both[0]}")
    assert answer.status_code == 404
    assert "Meddelandet finns inte" in answer.text


def test_a_foreign_name_and_a_form_of_a_foreign_page_are_refused(http, both, box):
    for path in ("/", "/api/messages", "/control/faults"):
        assert http.get(path, headers={"Host": "elak.example"}).status_code == 403
    assert http.post("/control/reset", data={"a": "b"}).status_code == 415
    assert len(box.messages()) == 2


@pytest.mark.parametrize(
    ("caller", "host", "path", "in_container", "status"),
    [
        ("127.0.0.1", "localhost:8083", "/control/faults", "false", 200),
        ("172.18.0.1", "localhost:8083", "/control/faults", "false", 403),
        ("172.18.0.1", "localhost:8083", "/control/faults", "true", 200),
        ("172.18.0.1", "localhost:8083", "/api/messages", "true", 200),
        ("172.18.0.1", "elsewhere.example", "/api/messages", "true", 403),
        ("172.18.0.1", "sim-postbox:8083", "/control/faults", "true", 403),
        ("172.18.0.9", "sim-postbox:8083", "/a1/sms/unknown", "true", 401),
    ],
)
def test_who_is_let_in(caller, host, path, in_container, status):
    app = create_app(Settings.load({"SIM_POSTBOX_IN_CONTAINER": in_container}))
    answer = app.test_client().get(path, headers={"Host": host}, environ_overrides={"REMOTE_ADDR": caller})
    assert answer.status_code == status


@pytest.mark.parametrize("fault", [{"kind": "smtp.earthquake"}, {"kind": "smtp.slow", "when": 1}, {}, []])
def test_a_mistaken_order_is_refused(http, box, fault):
    assert http.post("/control/faults", json=fault).status_code == 400
    assert http.get("/api/messages?since=x").status_code == 400
    assert box.faults.remaining() == []
