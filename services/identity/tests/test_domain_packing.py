"""B-21: the file that a person gets: the same parts make the same bytes, and nothing in them becomes code."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from identity.domain.packing import POLICY, Part, pack, page

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
TITLE = {"sv": "Saker", "en": "Things"}
NASTY = st.sampled_from(["<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>", "&lt;b&gt;", "\"'><b id=x>"])
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | NASTY
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | NASTY, inner, max_size=3)
)


def part(service, content):
    return Part(service=service, files=[{"name": "things", "title": TITLE, "content": content}])


class Tags(HTMLParser):
    """Which elements and attributes there are."""

    def __init__(self):
        super().__init__()
        self.seen, self.attributes, self.text = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    tags = Tags()
    tags.feed(text)
    return tags


@given(content=VALUES)
def test_B_21_whatever_somebody_wrote_is_text_on_the_page_and_never_an_element(content):
    plain = read(page([part("billing", [])], at=AT, missing=[]))
    shown = read(page([part("billing", content)], at=AT, missing=[]))
    assert shown.seen - plain.seen <= {"table", "tr", "th", "td", "thead", "tbody", "ul", "li"}
    assert shown.attributes - plain.attributes <= {"scope"}


@given(content=VALUES)
def test_B_21_what_is_packed_is_read_again_as_it_was(content):
    archive = zipfile.ZipFile(io.BytesIO(pack([part("billing", content)], at=AT, missing=[])))
    assert json.loads(archive.read("billing/things.json")) == content


def test_FJ8_the_order_of_the_answers_does_not_show():
    parts = [part("notify", [{"a": 1}]), part("billing", {"b": [2]}), part("cases", [])]
    assert pack(parts, at=AT, missing=[]) == pack(parts[::-1], at=AT, missing=[])


def test_B_21_the_page_has_both_languages_headings_a_policy_and_a_way_to_each_part():
    text = page([part("org-registry", [{"total_ore": 1, "read": True}]), part("new-thing", [])], at=AT, missing=[])
    assert f'content="{POLICY}"' in text
    assert '<html lang="sv">' in text
    assert "lang='en'>Accounts and access rights" in text
    assert 'href="#org-registry"' in text
    assert 'id="org-registry"' in text
    assert "2026-11-22 07:00" in text, "Swedish time"
    assert "total ore" in text
    assert "ja / yes" in text
    assert "new-thing" in text, "a service without a heading of its own is named as it is"
    assert not re.search(r"https?://", text), "nothing is fetched from anywhere"


def test_FJ8_what_is_missing_is_said_on_the_page_and_in_the_readme():
    made = zipfile.ZipFile(io.BytesIO(pack([part("billing", [])], at=AT, missing=["metering", "orders"])))
    for name in ("index.html", "README.txt"):
        assert "metering, orders" in made.read(name).decode()
    whole = zipfile.ZipFile(io.BytesIO(pack([part("billing", [])], at=AT, missing=[])))
    assert "missing:" not in whole.read("README.txt").decode()
