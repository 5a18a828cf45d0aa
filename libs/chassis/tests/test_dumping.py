from dataclasses import make_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from types import SimpleNamespace

import marshmallow as ma
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chassis.http.dumping import dumper
from chassis.http.schemas import Answer, Instant, Ore


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Line(Answer):
    text = ma.fields.String()
    amount_ore = Ore()


class Everything(Answer):
    id = ma.fields.UUID()
    name = ma.fields.String(data_key="namn")
    count = ma.fields.Integer()
    fine = ma.fields.Boolean()
    day = ma.fields.Date()
    at = Instant()
    colour = ma.fields.Enum(Colour, by_value=True)
    lines = ma.fields.List(ma.fields.Nested(Line))
    first = ma.fields.Nested(Line)
    tags = ma.fields.List(ma.fields.String())
    moments = ma.fields.List(Instant())
    twice = ma.fields.Method("get_twice")
    deep = ma.fields.String(attribute="first.text")

    def get_twice(self, value):
        count = value["count"] if isinstance(value, dict) else value.count
        return None if count is None else count * 2


EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1971, 2999))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=2))])
LINE = st.fixed_dictionaries({"text": st.text(), "amount_ore": st.integers(-(2**60), 2**60)})
EVERYTHING = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "name": st.text() | st.none(),
        "count": st.integers(-(2**40), 2**40) | st.none(),
        "fine": st.booleans(),
        "day": st.dates() | st.none(),
        "at": st.datetimes(EARLIEST, LATEST, timezones=ZONES) | st.none(),
        "colour": st.sampled_from(Colour),
        "lines": st.lists(LINE, max_size=3),
        "first": LINE,
        "tags": st.lists(st.text(), max_size=3) | st.none(),
        "moments": st.lists(st.datetimes(EARLIEST, LATEST, timezones=ZONES), max_size=2),
    }
)


def as_objects(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_objects(item) for key, item in value.items()})
    return [as_objects(item) for item in value] if isinstance(value, list) else value


def same(schema, value):
    slow = msgspec.json.decode(msgspec.json.encode(schema().dump(value)))
    fast = msgspec.json.decode(msgspec.json.encode(dumper(schema)(value)))
    assert fast == slow


@given(EVERYTHING)
def test_the_compiled_dump_says_what_marshmallow_says(value):
    same(Everything, value)
    same(Everything, as_objects(value))


def test_what_is_missing_is_left_out_as_marshmallow_leaves_it_out():
    same(Line, {"text": "x"})
    same(Line, make_dataclass("Part", ["text"])("x"))


def test_a_schema_with_hooks_is_left_to_marshmallow():
    class Hooked(Line):
        @ma.post_dump
        def shout(self, data, **_):
            return data | {"text": data["text"].upper()}

    same(Hooked, {"text": "x", "amount_ore": 1})


def test_dates_and_instants_have_their_wire_form():
    class When(Answer):
        on = ma.fields.Date()
        at = Instant()

    body = msgspec.json.encode(dumper(When)({"on": date(2026, 3, 5), "at": datetime(2026, 3, 5, 9, tzinfo=UTC)}))
    assert body == b'{"on":"2026-03-05","at":"2026-03-05T09:00:00Z"}'
