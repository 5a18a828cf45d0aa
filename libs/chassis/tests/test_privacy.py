"""A service's part of an export or an erasure: declared, sealed, cut, answered in the transaction that did it."""

import json
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import sealing
from chassis.ids import new_id
from chassis.privacy import (
    PIECE,
    Both,
    Erased,
    Holding,
    Holdings,
    Kept,
    Objection,
    Privacy,
    Subject,
    bookkeeping_until,
    cut,
    join,
    takes_part,
)
from chassis.settings import SettingsError
from contracts.data_requests import DataRequestKind, DataRequestScopedV1

KEY = sealing.generate_key("test")
WHAT = Both(sv="Utkast", en="Drafts")
LIMIT = 100_000


def holding(**changes):
    base = {"what": WHAT, "tables": ("draft",), "kept_for": WHAT, "why": WHAT, "file": "drafts"}
    return Holding(**(base | changes))


class Transaction:
    """What an answer needs of a transaction."""

    service = "billing"
    identity_jwks = json.dumps(sealing.public_key(KEY))

    def __init__(self):
        self.emitted = []

    def emit(self, event, *, aggregate_id, version):
        self.emitted.append((event, aggregate_id, version))


def a_subject():
    return Subject(request_id=new_id(), person_id=new_id(), account_ids=(new_id(),))


def privacy(**changes):
    base = {"export": lambda _tx, _subject: {"drafts": []}, "erase": lambda _tx, _subject: Erased()}
    return Privacy(Holdings((holding(),)), **(base | changes))


def opened(events):
    unsealer = sealing.Unsealer(json.dumps({"keys": [KEY]}))
    return json.loads(join(unsealer.unseal(event.sealed)["piece"] for event in events))


def test_FJ8_what_is_exported_is_sealed_and_says_what_each_file_is():
    tx, subject = Transaction(), a_subject()
    content = [
        {
            "id": subject.person_id,
            "on": date(2026, 3, 1),
            "at": datetime(2026, 3, 1, tzinfo=UTC),
            "price": Decimal("1.50"),
            "name": "Karin Å",
        }
    ]
    privacy(export=lambda _tx, _subject: {"drafts": content}).answer(tx, subject, DataRequestKind.EXPORT)
    [(event, aggregate_id, version)] = tx.emitted
    assert (event.spec.type, aggregate_id, version) == ("billing.data-request.answered.v1", subject.request_id, 1)
    assert "Karin" not in event.sealed
    assert opened([event]) == {
        "files": [
            {
                "name": "drafts",
                "title": {"sv": "Utkast", "en": "Drafts"},
                "content": [
                    {
                        "id": str(subject.person_id),
                        "on": "2026-03-01",
                        "at": "2026-03-01T00:00:00Z",
                        "price": "1.50",
                        "name": "Karin Å",
                    }
                ],
            }
        ]
    }


def test_FJ8_much_comes_in_pieces_each_small_enough_for_one_message():
    tx, subject = Transaction(), a_subject()
    much = [secrets.token_hex(2000) for _ in range(300)]
    privacy(export=lambda _tx, _subject: {"drafts": much}).answer(tx, subject, DataRequestKind.EXPORT)
    events = [event for event, _, _ in tx.emitted]
    assert len(events) > 3
    assert [event.part for event in events] == list(range(1, len(events) + 1))
    assert {event.parts for event in events} == {len(events)}
    assert len({event.answer_id for event in events}) == 1
    assert all(len(event.sealed) <= LIMIT for event in events)
    assert opened(events)["files"][0]["content"] == much


def test_FJ8_a_file_that_is_not_declared_or_is_missing_is_refused():
    for wrong in ({}, {"drafts": [], "more": []}, {"other": []}):
        with pytest.raises(ValueError, match="declared"):
            privacy(export=lambda _tx, _subject, wrong=wrong: wrong).answer(
                Transaction(), a_subject(), DataRequestKind.EXPORT
            )


def test_FJ8_without_identitys_key_nothing_leaves():
    tx = Transaction()
    tx.identity_jwks = ""
    with pytest.raises(SettingsError, match="identity_jwks"):
        privacy().answer(tx, a_subject(), DataRequestKind.EXPORT)
    assert tx.emitted == []


def test_FJ8_asking_for_objections_does_not_erase():
    objection = Objection(code="unpaid-invoice", text=WHAT)

    def erase(_tx, _subject):
        pytest.fail("only asked")

    tx = Transaction()
    made = privacy(erase=erase, check=lambda _tx, _subject: [objection])
    made.answer(tx, a_subject(), DataRequestKind.ERASURE_CHECK)
    [(event, _, _)] = tx.emitted
    assert event.objections == (objection,)
    assert (event.erased, event.kept, event.sealed) == ((), (), None)


def test_FJ8_an_erasure_tells_what_went_and_what_stays():
    tx = Transaction()
    kept = Kept(what=WHAT, why=WHAT, until=date(2033, 12, 31))
    made = privacy(erase=lambda _tx, _subject: Erased(erased=(WHAT,), kept=(kept,)))
    made.answer(tx, a_subject(), DataRequestKind.ERASURE)
    [(event, _, _)] = tx.emitted
    assert (event.erased, event.kept, event.objections) == ((WHAT,), (kept,), ())


def test_the_handler_hands_on_whom_it_is_about():
    seen = []

    def export(_tx, subject):
        seen.append(subject)
        return {"drafts": []}

    event = DataRequestScopedV1(
        request_id=new_id(), kind=DataRequestKind.EXPORT, person_id=new_id(), account_ids=(new_id(), new_id())
    )
    takes_part(privacy(export=export)).handler(Transaction(), event, None)
    assert seen == [Subject(request_id=event.request_id, person_id=event.person_id, account_ids=event.account_ids)]


@given(st.binary(max_size=3 * PIECE))
def test_what_is_cut_joins_again_and_no_piece_is_too_long(document):
    pieces = cut(document)
    assert pieces
    assert all(0 < len(piece) <= PIECE for piece in pieces)
    assert join(pieces) == document


@pytest.mark.parametrize("pieces", [[], ["AAAA"], ["%%%"], [*cut(b"a" * 10), "AAAA="]])
def test_what_is_no_document_is_refused(pieces):
    with pytest.raises(ValueError, match=r"."):
        join(pieces)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Holdings((holding(file=None),)),
        lambda: Holdings((holding(not_exported="because"),)),
        lambda: Holdings((holding(file="../secrets"),)),
        lambda: Holdings((holding(), holding(file="more"))),
        lambda: Holdings((holding(), holding(tables=("other",)))),
        lambda: Holdings((holding(),), impersonal={"draft": "no"}),
    ],
    ids=["no file, no reason", "file and reason", "a path", "a table twice", "a file twice", "a table both ways"],
)
def test_FJ10_a_declaration_that_contradicts_itself_is_refused(build):
    with pytest.raises(ValueError, match=r"."):
        build()


def test_FJ10_holdings_know_their_tables_and_files():
    made = Holdings(
        (holding(), holding(tables=("counter",), file=None, not_exported="a count")), impersonal={"terms": "texts"}
    )
    assert made.tables == {"draft", "counter", "terms"}
    assert made.files == ("drafts",)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2026, 1, 1), date(2033, 12, 31)),
        (date(2026, 12, 31), date(2033, 12, 31)),
        (date(2024, 2, 29), date(2031, 12, 31)),
    ],
)
def test_FJ10_the_bookkeeping_act_counts_seven_years_from_the_end_of_the_calendar_year(day, until):
    assert bookkeeping_until(day) == until


def test_nobody_is_one_and_the_same_everywhere():
    from chassis.privacy import NOBODY

    assert UUID("00000000-0000-0000-0000-000000000000") == NOBODY
