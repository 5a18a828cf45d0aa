import copy
import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import asyncapi, compatibility, rabbitmq
from contracts.catalogue import CATALOGUE, MODULES, OUTSIDERS, SERVICES
from contracts.envelope import Envelope, InvalidEnvelope
from contracts.event import InvalidEvent, encode
from contracts.examples import FOLDER, SHARED, failing, passing

SCHEMAS = Path(__file__).parent.parent / "schemas"
TYPES = list(CATALOGUE)


@pytest.mark.parametrize("type_", TYPES)
def test_the_example_passes_the_decoder_the_schema_and_a_round_trip(type_):
    spec, body = CATALOGUE[type_], passing(type_)
    jsonschema_rs.validator_for(spec.schema()).validate(body)
    event = spec.decode(json.dumps(body).encode())
    assert spec.decode(encode(event)) == event


@pytest.mark.parametrize("type_", TYPES)
def test_what_must_fail_fails_and_the_reason_shows_no_value(type_):
    cases = failing(type_)
    assert len(cases) >= 2
    for case in cases:
        with pytest.raises(InvalidEvent) as caught:
            CATALOGUE[type_].decode(json.dumps(case["body"]).encode())
        assert "karin" not in str(caught.value).lower(), case["why"]


@pytest.mark.parametrize("type_", TYPES)
def test_a_field_that_we_do_not_know_is_ignored(type_):
    body = passing(type_)
    assert CATALOGUE[type_].decode(json.dumps(body | {"new": 1}).encode()) == CATALOGUE[type_].decode(
        json.dumps(body).encode()
    )


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 5000])
def test_what_is_no_json_object_is_refused(body):
    for spec in CATALOGUE.values():
        with pytest.raises(InvalidEvent):
            spec.decode(body)


@pytest.mark.parametrize("type_", TYPES)
def test_the_frozen_schema_is_the_one_the_code_makes(type_):
    assert json.loads((SCHEMAS / f"{type_}.json").read_text()) == CATALOGUE[type_].schema()


def test_there_is_no_example_or_schema_of_an_event_that_does_not_exist():
    named = {Path(str(file)).name.rsplit(".", 2)[0] for file in FOLDER.iterdir() if str(file).endswith(".json")}
    shared = {name for name in named if name.startswith(f"{SHARED}.")}
    ends = tuple(name.removeprefix(SHARED) for name in shared)
    assert all(any(type_.endswith(end) for type_ in TYPES) for end in ends)
    alike = {type_ for type_ in TYPES if type_.endswith(ends)}
    assert (named - shared) | alike == set(TYPES) == {file.name.removesuffix(".json") for file in SCHEMAS.iterdir()}


def test_every_producer_and_consumer_is_somebody():
    known = {*SERVICES, *OUTSIDERS}
    for spec in CATALOGUE.values():
        assert spec.producer in known
        assert spec.consumers, f"{spec.type} is read by nobody"
        assert set(spec.consumers) <= known
        # One consumer builds every chain of activities, also for what was done in its own service.
        assert spec.producer not in spec.consumers or spec.type == "activity.activity.recorded.v1"


def test_D23_a_personal_number_reaches_identity_alone_and_an_organisation_number_org_registry_alone():
    for spec in CATALOGUE.values():
        text = json.dumps(spec.schema())
        if "personal_number" in text:
            assert spec.consumers == ("identity",)
        if "organisation_number" in text:
            assert spec.consumers == ("org-registry",)


def test_money_is_whole_ore_and_no_event_holds_a_float():
    for spec in CATALOGUE.values():
        assert '"number"' not in json.dumps(spec.schema()), spec.type


def test_each_module_declares_events_of_one_producer_only():
    for module in MODULES:
        producers = {spec.producer for spec in CATALOGUE.values() if spec.cls.__module__ == module.__name__}
        assert producers == {module.__name__.split(".")[1].replace("_", "-")}


class TestCompatibility:
    OLD = CATALOGUE["batch-billing.invoice.issued.v1"].schema()

    def changed(self, change):
        new = copy.deepcopy(self.OLD)
        change(new)
        return compatibility.breaking_changes(self.OLD, new)

    def test_nothing_changed_breaks_nothing(self):
        assert self.changed(lambda _new: None) == []

    def test_a_new_optional_field_breaks_nobody(self):
        assert self.changed(lambda new: new["properties"].update(note={"type": "string"})) == []

    @pytest.mark.parametrize(
        "change",
        [
            lambda new: new["properties"].pop("ocr"),
            lambda new: new["required"].append("credits_invoice_number"),
            lambda new: new["required"].remove("ocr"),
            lambda new: new["properties"]["rounding_ore"].update(type="string"),
            lambda new: new["properties"]["lines"].update(maxItems=1),
            lambda new: new["$defs"]["InvoiceLine"]["properties"].pop("net_ore"),
            lambda new: new["$defs"]["InvoiceKind"]["enum"].remove("credit"),
            lambda new: new["properties"]["ocr"].update(pattern="^1$"),
        ],
    )
    def test_what_somebody_would_notice_is_named(self, change):
        assert len(self.changed(change)) >= 1


class TestEnvelope:
    def envelope(self, **changes):
        base = {
            "id": "01980000-0000-7000-8000-000000000001",
            "source": "metering",
            "type": "metering.reading.submitted.v1",
            "subject": "x",
            "aggregateversion": 3,
            "time": "2026-11-22T10:15:30Z",
            "specversion": "1.0",
        } | changes
        return {f"cloudEvents:{name}": value for name, value in base.items() if value is not None}

    def test_what_is_written_is_what_is_read(self):
        read = Envelope.from_headers(self.envelope(traceparent="00-a-b-01", correlationid="c"))
        assert Envelope.from_headers(read.headers()) == read
        assert read.time.utcoffset().total_seconds() == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": "1"},
            {"id": None},
            {"specversion": "0.3"},
            {"aggregateversion": 0},
            {"aggregateversion": -1},
            {"aggregateversion": 2**63},
            {"aggregateversion": True},
            {"aggregateversion": "1"},
            {"time": "2026-11-22T10:15:30"},
            {"time": "now"},
            {"source": ""},
            {"type": "x" * 300},
            {"subject": b"x"},
        ],
    )
    def test_B16_a_malformed_attribute_is_named(self, changes):
        with pytest.raises(InvalidEnvelope, match=next(iter(changes))):
            Envelope.from_headers(self.envelope(**changes))

    @given(st.none() | st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
    def test_whatever_the_headers_are_nothing_but_our_error_comes_out(self, headers):
        with pytest.raises(InvalidEnvelope):
            Envelope.from_headers(headers)


class TestTopology:
    def test_every_binding_has_its_event_and_every_consumed_event_its_binding(self):
        bound = {
            (b["destination"], b["routing_key"])
            for b in rabbitmq.topology()["bindings"]
            if b["source"] == "minasidor.events"
        }
        assert bound == {(consumer, spec.type) for spec in CATALOGUE.values() for consumer in spec.consumers}

    def test_C34_a_service_writes_its_own_keys_reads_its_own_queue_and_declares_nothing(self):
        rights = rabbitmq.permissions()
        for entry in rights["permissions"]:
            if entry["user"] != "operator":
                assert entry["configure"] == "^$"
                assert entry["read"] == f"^{entry['user']}$"
        assert all(entry["write"] == rf"^{entry['user']}\." for entry in rights["topic_permissions"])

    def test_every_queue_is_a_quorum_queue_with_a_limit_and_a_place_for_its_dead(self):
        names = {queue["name"] for queue in rabbitmq.topology()["queues"]}
        for queue in rabbitmq.topology()["queues"]:
            assert queue["arguments"]["x-queue-type"] == "quorum"
            if not queue["name"].endswith((".dead", "unrouted")):
                assert queue["arguments"]["x-delivery-limit"] > 5
                assert f"{queue['name']}.dead" in names

    def test_passwords_are_salted_hashes(self):
        made = rabbitmq.definitions(dict.fromkeys((rabbitmq.OPERATOR, *rabbitmq.participants()), "hemlig"))
        assert "hemlig" not in json.dumps(made)
        assert len({user["password_hash"] for user in made["users"]}) == len(made["users"])
        assert (
            rabbitmq.hash_password("test12", bytes.fromhex("908dc60a"))
            == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
        )


def test_the_asyncapi_document_names_every_event_once_and_resolves():
    document = asyncapi.document()
    assert set(document["channels"]) == set(TYPES)
    assert "$defs" not in json.dumps(document)
    receives = [o for o in document["operations"].values() if o["action"] == "receive"]
    assert len(receives) == sum(len(spec.consumers) for spec in CATALOGUE.values())
