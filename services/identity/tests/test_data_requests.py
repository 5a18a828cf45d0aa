"""B-21, J8: a person's own data over all services, as one job of events; and an erasure as far as the law allows."""

import io
import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chassis.ids import new_id
from chassis.jobs import JobContext
from chassis.privacy import Both, Kept, Objection, cut
from chassis.sealing import Sealer, Unsealer, generate_key, public_key
from chassis.testing import IDENTITY_KEY, NOTIFY_KEY, deliver, told
from chassis.transaction import Principal
from contracts.catalogue import ANSWERS, SERVICES
from contracts.data_requests import DataRequestKind, DataRequestScopedV1
from contracts.identity import DataExportReadyV1, DataRequestOpenedV1, ErasureRefusedV1, UserErasedV1
from identity.app import JOBS
from identity.domain.data_requests import MOST_A_DAY
from identity.domain.staff import StaffAction
from identity.store import staff
from identity.store.privacy import HANGING
from identity.usecases import retention

OTHERS = sorted(ANSWERS)
EXPORTS, ERASURES = "/data-exports", "/erasures"
WHAT = Both(sv="Fakturor", en="Invoices")
SEALER = Sealer(json.dumps(public_key(IDENTITY_KEY)))
KINDS = {"export": EXPORTS, "erasure": ERASURES}


class Suite:
    """The other services."""

    def __init__(self, database, events):
        self.database = database
        self.events = events

    def opened(self):
        return told(self.database, DataRequestOpenedV1)[-1]

    def scope(self, *, kind=None):
        """org-registry says whose accounts it is about; identity is asked as everybody."""
        request = self.opened()
        event = DataRequestScopedV1(
            request_id=request.request_id, kind=kind or request.kind, person_id=request.person_id, account_ids=()
        )
        deliver(self.database, self.events, event)

    def answer(self, service, *, kind=None, content=None, pieces=1, request_id=None, sealer=SEALER, **said):
        """A service's whole answer, as events."""
        request = self.opened()
        kind = kind or request.kind
        sealed = [None]
        if kind is DataRequestKind.EXPORT:
            title = {"sv": service, "en": service}
            files = {"files": [{"name": "things", "title": title, "content": content or [{"of": service}]}]}
            text = "".join(cut(json.dumps(files).encode()))
            size = -(-len(text) // pieces)
            sealed = [sealer.seal({"piece": text[start : start + size]}) for start in range(0, len(text), size)]
        answer_id = new_id()
        return [
            ANSWERS[service](
                request_id=request_id or request.request_id,
                kind=kind,
                answer_id=answer_id,
                part=number,
                parts=len(sealed),
                sealed=piece,
                objections=said.get("objections", ()),
                erased=said.get("erased", ()),
                kept=said.get("kept", ()),
            )
            for number, piece in enumerate(sealed, 1)
        ]

    def deliver(self, *events):
        for event in events:
            deliver(self.database, self.events, event)

    def all_answer(self, *, besides=(), **options):
        self.scope()
        for service in OTHERS:
            if service not in besides:
                self.deliver(*self.answer(service, **options))

    def job(self, name, settings):
        JOBS.get(name).run(JobContext(self.database, settings))


@pytest.fixture
def suite(database, events):
    return Suite(database, events)


@pytest.fixture
def me(browser, log_in):
    log_in(browser)
    registered = browser.as_person(
        "POST",
        "/registrations",
        {
            "accept_terms": True,
            "terms_version": browser.send("GET", "/terms").json["version"],
            "email": "karin@exempel.se",
        },
    )
    assert registered.status_code == 201, registered.json
    return browser


def ask(me, path=EXPORTS):
    return me.as_person("POST", path, {"confirm": True} if path == ERASURES else None)


def show(me, made, path=EXPORTS):
    return me.as_person("GET", f"{path}/{made['id']}").json


def unpack(answer):
    assert answer.status_code == 200, answer.json
    return zipfile.ZipFile(io.BytesIO(answer.data))


@pytest.fixture
def past(database):
    """``past("requested_at = now() - interval '1 day'")``: changes what stands in the table of requests."""

    def change(assignment):
        with database.transaction() as tx:
            tx.session.connection().exec_driver_sql(f"UPDATE data_request SET {assignment}")  # noqa: S608 - our own

    return change


class TestAnExport:
    def test_FJ8_it_is_ready_when_everybody_has_answered_and_tells_whom_it_waits_for(self, me, suite):
        made = ask(me)
        assert made.status_code == 201, made.json
        assert made.json["status"] == "collecting"
        assert made.json["waiting_for"] == sorted(SERVICES)
        suite.all_answer(besides=("metering",))
        half = show(me, made.json)
        assert (half["status"], half["waiting_for"]) == ("collecting", ["metering"])
        assert {part["service"] for part in half["parts"]} == set(SERVICES) - {"metering"}
        assert me.as_person("GET", f"{EXPORTS}/{made.json['id']}/file").json["code"] == "data-export-not-ready"
        suite.deliver(*suite.answer("metering"))
        whole = show(me, made.json)
        assert (whole["status"], whole["waiting_for"], whole["missing"]) == ("ready", [], [])
        [ready] = told(suite.database, DataExportReadyV1)
        assert (str(ready.request_id), ready.missing) == (made.json["id"], ())

    def test_B_21_the_file_holds_a_folder_per_service_and_a_page_without_scripts(self, me, suite):
        made = ask(me).json
        suite.scope()
        for service in OTHERS:
            suite.deliver(
                *suite.answer(service, content=[{"text": "<script>alert(1)</script> Åsa", "total_ore": 12300}])
            )
        answer = me.as_person("GET", f"{EXPORTS}/{made['id']}/file")
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="minasidor-mina-uppgifter.zip"'
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        archive = unpack(answer)
        assert archive.testzip() is None
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {*SERVICES, "index.html", "README.txt"}
        assert json.loads(archive.read("billing/things.json"))[0]["text"].endswith("Åsa")
        page = archive.read("index.html").decode()
        assert "<script" not in page.lower()
        assert "&lt;script&gt;alert(1)&lt;/script&gt; Åsa" in page
        assert "default-src 'none'" in page
        assert "total ore" in page
        for heading in ("Mina uppgifter", "My data", "Avtal, fakturor och betalningar", "Meters and readings"):
            assert heading in page
        assert "ENGLISH" in archive.read("README.txt").decode()

    def test_B_21_identitys_own_part_has_everything_that_it_knows_of_the_person(self, me, suite):
        made = ask(me).json
        suite.all_answer()
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        person = json.loads(archive.read("identity/person.json"))["person"]
        assert person["personal_number"] == "199908072391"
        assert (person["email"], person["email_source"]) == ("karin@exempel.se", "person")
        assert json.loads(archive.read("identity/terms.json"))[0]["version"]
        assert json.loads(archive.read("identity/logins.json"))[0]["result"] == "logged-in"
        assert len(json.loads(archive.read("identity/sessions.json"))) == 1
        assert json.loads(archive.read("identity/identifications.json"))["bankid"][0]["start_address"] == "198.51.100.7"
        assert json.loads(archive.read("identity/evidence.json"))[0]["content"]
        assert [one["kind"] for one in json.loads(archive.read("identity/data-requests.json"))] == ["export"]
        whole = "".join(archive.read(name).decode() for name in archive.namelist())
        for secret in ("token_hash", "pre_hash", "personal_number_index", "qr_start_secret", "_sealed", "code_mac"):
            assert secret not in whole

    def test_FJ8_nothing_of_it_stands_in_clear_in_the_database(self, me, suite, everything):
        made = ask(me).json
        suite.all_answer(besides=("cases",), content=[{"name": "Hemlighetsfull"}])
        suite.deliver(*suite.answer("cases", content=[{"name": "Hemlighetsfull"}]))
        assert show(me, made)["status"] == "ready"
        for text in ("Hemlighetsfull", "karin@exempel.se", "199908072391"):
            assert text not in everything()

    def test_D23_a_person_with_protected_identity_gets_the_own_data_as_anybody(self, me, suite, rows, database):
        with database.transaction() as tx:
            tx.session.connection().exec_driver_sql("UPDATE person SET protected_identity = true")
        made = ask(me).json
        suite.all_answer()
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        assert json.loads(archive.read("identity/person.json"))["person"]["protected_identity"] is True

    def test_C1_anothers_export_does_not_exist(self, me, suite, new_browser, log_in):
        made = ask(me).json
        suite.all_answer()
        other = new_browser()
        log_in(other, "199006022397")
        for path in (f"{EXPORTS}/{made['id']}", f"{EXPORTS}/{made['id']}/file"):
            assert other.as_person("GET", path).json["code"] == "data-export-not-found"
        assert other.as_person("GET", EXPORTS).json["items"] == []
        assert [item["id"] for item in me.as_person("GET", EXPORTS).json["items"]] == [made["id"]]
        assert me.as_person("GET", f"{ERASURES}/{made['id']}").json["code"] == "erasure-not-found"


class TestLimits:
    @pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
    def test_FJ8_it_takes_a_login_of_the_last_fifteen_minutes(self, me, later, path):
        later(15 * 60 + 1)
        answer = ask(me, path)
        assert (answer.status_code, answer.json["code"]) == (403, "login-too-old")

    def test_FJ8_one_export_at_a_time(self, me, suite):
        ask(me)
        assert (ask(me).status_code, ask(me).json["code"]) == (409, "data-export-under-way")
        suite.all_answer()
        assert ask(me).status_code == 201

    def test_FJ8_one_of_two_at_once_is_opened(self, me, database):
        session = me.resolve().json
        with ThreadPoolExecutor(4) as pool:
            who = Principal(person_id=session["person_id"], session_id=session["session_id"])
            codes = list(pool.map(lambda _: me.send("POST", EXPORTS, who=who).status_code, range(4)))
        assert sorted(codes) == [201, 409, 409, 409]

    @pytest.mark.parametrize("kind", KINDS)
    def test_FJ8_three_a_day(self, me, suite, kind, rows, database):
        for _ in range(MOST_A_DAY):
            assert ask(me, KINDS[kind]).status_code == 201
            with database.transaction() as tx:
                closed = "ready" if kind == "export" else "refused"
                tx.session.connection().exec_driver_sql(
                    "UPDATE data_request SET status = %s, closed_at = now()", (closed,)
                )
        answer = ask(me, KINDS[kind])
        assert (answer.status_code, answer.json["code"]) == (429, "data-requests-too-many")
        assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
        with database.transaction() as tx:
            tx.session.connection().exec_driver_sql(
                "UPDATE data_request SET requested_at = now() - interval '24 hours'"
            )
        assert ask(me, KINDS[kind]).status_code == 201

    @pytest.mark.parametrize("body", [{}, {"confirm": False}, {"confirm": "true"}, {"confirm": 1}, {"confirm": None}])
    def test_FJ8_an_erasure_wants_to_be_meant(self, me, database, body):
        answer = me.as_person("POST", ERASURES, body)
        assert answer.status_code == 422
        assert told(database, DataRequestOpenedV1) == []

    def test_without_login_nothing_is_asked(self, browser):
        for path in KINDS.values():
            assert browser.send("POST", path, {"confirm": True}).status_code == 401
            assert browser.send("GET", path).status_code == 401

    def test_FJ8_while_an_erasure_is_at_work_nothing_is_exported(self, me):
        assert ask(me, ERASURES).status_code == 201
        assert ask(me).json["code"] == "erasure-under-way"
        assert ask(me, ERASURES).json["code"] == "erasure-under-way"


class TestAnswersInAnyOrder:
    @pytest.mark.slow
    @hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_FJ8_twice_late_and_in_any_order_make_the_same_file(self, me, suite, database, data):
        with database.transaction() as tx:
            tx.session.connection().exec_driver_sql("DELETE FROM data_request")
        made = ask(me).json
        events = [event for service in OTHERS for event in suite.answer(service, pieces=2)]
        again = data.draw(st.lists(st.sampled_from(events), max_size=6))
        twice = data.draw(st.sets(st.sampled_from(OTHERS), max_size=2))
        second = [event for service in sorted(twice) for event in suite.answer(service, pieces=3)]
        stale = suite.answer("billing", kind=DataRequestKind.ERASURE_CHECK)
        foreign = suite.answer("billing", request_id=new_id())
        order = data.draw(st.permutations([*events, *again, *second, *stale, *foreign, "scope"]))
        for event in order:
            if event == "scope":
                suite.scope()
            else:
                suite.deliver(event)
        assert show(me, made)["status"] == "ready"
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        for service in OTHERS:
            assert json.loads(archive.read(f"{service}/things.json")) == [{"of": service}]
        ready = [event for event in told(database, DataExportReadyV1) if str(event.request_id) == made["id"]]
        assert len(ready) == 1

    def test_FJ8_an_answer_after_the_file_was_made_changes_nothing(self, me, suite):
        made = ask(me).json
        suite.all_answer()
        before = me.as_person("GET", f"{EXPORTS}/{made['id']}/file").data
        suite.deliver(*suite.answer("billing", content=[{"of": "somebody else"}]))
        assert me.as_person("GET", f"{EXPORTS}/{made['id']}/file").data == before

    def test_FJ8_a_part_that_cannot_be_opened_is_told_as_missing_and_the_rest_is_there(self, me, suite):
        made = ask(me).json
        wrong = Sealer(json.dumps(public_key(generate_key("test"))))
        suite.all_answer(besides=("orders",))
        suite.deliver(*suite.answer("orders", sealer=wrong))
        assert show(me, made)["missing"] == ["orders"]
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        assert "billing/things.json" in archive.namelist()
        assert "orders" in archive.read("README.txt").decode()

    def test_FJ8_of_two_last_answers_at_once_one_finishes_and_none_is_lost(self, me, suite, database):
        made = ask(me).json
        last = OTHERS[:4]
        suite.all_answer(besides=last)
        start = threading.Barrier(len(last))

        def answer(service):
            events = suite.answer(service)
            start.wait()
            suite.deliver(*events)

        with ThreadPoolExecutor(len(last)) as pool:
            list(pool.map(answer, last))
        assert (show(me, made)["status"], show(me, made)["missing"]) == ("ready", [])
        assert len(told(database, DataExportReadyV1)) == 1


class TestTime:
    def test_FJ8_a_service_that_is_away_for_a_day_answers_when_it_is_back(self, me, suite, settings, past):
        made = ask(me).json
        suite.all_answer(besides=("metering",))
        past("requested_at = now() - interval '1 day'")
        suite.job("close-overdue-data-requests", settings)
        assert show(me, made)["waiting_for"] == ["metering"]
        suite.deliver(*suite.answer("metering"))
        assert (show(me, made)["status"], show(me, made)["missing"]) == ("ready", [])

    def test_FJ8_after_seven_days_it_is_told_as_incomplete_with_names(self, me, suite, worker_settings, database, past):
        made = ask(me).json
        suite.all_answer(besides=("metering", "orders"))
        past("requested_at = now() - interval '7 days'")
        suite.job("close-overdue-data-requests", worker_settings)
        whole = show(me, made)
        assert (whole["status"], whole["missing"]) == ("ready", ["metering", "orders"])
        [ready] = told(database, DataExportReadyV1)
        assert ready.missing == ("metering", "orders")
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        assert "metering, orders" in archive.read("index.html").decode()
        suite.deliver(*suite.answer("metering"))
        assert show(me, made) == whole

    def test_FJ10_the_file_is_deleted_after_seven_days(self, me, suite, settings, rows, past):
        made = ask(me).json
        suite.all_answer()
        suite.job("expire-data-exports", settings)
        assert len(rows("SELECT 1 FROM data_file")) == 1
        past("expires_at = now()")
        answer = me.as_person("GET", f"{EXPORTS}/{made['id']}/file")
        assert (answer.status_code, answer.json["code"]) == (410, "data-export-expired"), "also before the job"
        suite.job("expire-data-exports", settings)
        assert rows("SELECT 1 FROM data_file") == []
        assert rows("SELECT 1 FROM data_part") == []
        assert show(me, made)["status"] == "expired"
        assert me.as_person("GET", f"{EXPORTS}/{made['id']}/file").json["code"] == "data-export-expired"

    @pytest.mark.slow
    def test_FJ10_that_somebody_asked_is_forgotten_after_a_year(self, me, suite, worker_settings, rows, past):
        ask(me)
        suite.all_answer()
        past("closed_at = now() - interval '366 days'")
        suite.job("close-overdue-data-requests", worker_settings)
        assert rows("SELECT 1 FROM data_request") == []
        assert rows("SELECT 1 FROM data_answer") == []


class TestAnErasure:
    def test_FJ8_who_may_not_be_erased_is_told_why_and_nothing_is_gone(self, me, suite, database):
        made = ask(me, ERASURES).json
        assert (made["status"], made["step"]) == ("collecting", "erasure-check")
        objection = Objection(code="unpaid-invoice", text=Both(sv="Betala först.", en="Pay first."))
        suite.scope()
        suite.deliver(*suite.answer("billing", objections=(objection,)))
        for service in OTHERS:
            if service != "billing":
                suite.deliver(*suite.answer(service))
        answer = show(me, made, ERASURES)
        assert answer["status"] == "refused"
        assert answer["reasons"] == [{"service": "billing", "code": "unpaid-invoice", "text": "Betala först."}]
        english = me.as_person("GET", f"{ERASURES}/{made['id']}", headers={"Accept-Language": "en"}).json
        assert english["reasons"][0]["text"] == "Pay first."
        assert me.as_person("GET", "/me").json["email"] == "karin@exempel.se"
        [refused] = told(database, ErasureRefusedV1)
        assert str(refused.request_id) == made["id"]
        assert {event.kind for event in told(database, DataRequestOpenedV1)} == {DataRequestKind.ERASURE_CHECK}
        assert me.send("GET", f"/erasure-receipts/{made['id']}").status_code == 404, "there is no receipt of nothing"

    def test_FJ8_staff_are_not_erased(self, me, suite, database):
        with database.transaction() as tx:
            tx.session.connection().exec_driver_sql("UPDATE person SET staff = '{customer-service}'")
        made = ask(me, ERASURES).json
        suite.all_answer()
        assert [reason["code"] for reason in show(me, made, ERASURES)["reasons"]] == ["staff"]

    def test_FJ8_a_silent_service_means_that_nothing_is_erased(self, me, suite, worker_settings, past):
        made = ask(me, ERASURES).json
        suite.all_answer(besides=("billing",))
        past("requested_at = now() - interval '7 days'")
        suite.job("close-overdue-data-requests", worker_settings)
        answer = show(me, made, ERASURES)
        assert (answer["status"], [reason["code"] for reason in answer["reasons"]]) == ("refused", ["no-answer"])
        suite.deliver(*suite.answer("billing"))
        assert me.as_person("GET", "/me").status_code == 200

    def test_FJ8_identity_goes_first_so_that_nothing_is_written_while_the_others_erase(self, me, suite, rows):
        made = ask(me, ERASURES).json
        suite.all_answer()
        assert suite.opened().kind is DataRequestKind.ERASURE
        assert me.as_person("GET", f"{ERASURES}/{made['id']}").status_code == 401, "the session is dead"
        for table in ("person", "session", "login", "login_record", "evidence", "terms_acceptance", "contact_change"):
            assert rows(f"SELECT 1 FROM {table}") == [], table  # noqa: S608 - our own names
        receipt = me.send("GET", f"/erasure-receipts/{made['id']}").json
        assert (receipt["status"], receipt["step"]) == ("collecting", "erasure")
        assert receipt["waiting_for"] == OTHERS

    def test_FJ8_when_all_have_erased_the_receipt_tells_and_the_last_mail_goes(self, me, suite, rows, everything):
        person_id = me.as_person("GET", "/me").json["person_id"]
        made = ask(me, ERASURES).json
        suite.all_answer()
        kept = Kept(what=WHAT, why=Both(sv="Bokföringslagen", en="The Bookkeeping Act"), until="2033-12-31")
        kept = msgspec.convert(msgspec.to_builtins(kept), Kept)
        suite.scope()
        for service in OTHERS:
            suite.deliver(*suite.answer(service, erased=(WHAT,), kept=(kept,) if service == "billing" else ()))
        [erased] = told(suite.database, UserErasedV1)
        opener = Unsealer(json.dumps({"keys": [NOTIFY_KEY]}))
        assert opener.unseal(erased.sealed_recipient) == {"email": "karin@exempel.se"}
        assert str(erased.person_id) == person_id
        receipt = me.send("GET", f"/erasure-receipts/{made['id']}").json
        assert (receipt["status"], receipt["waiting_for"]) == ("done", [])
        reports = {report["service"]: report for report in receipt["reports"]}
        assert set(reports) == set(SERVICES)
        assert reports["billing"] == {
            "service": "billing",
            "erased": ["Fakturor"],
            "kept": [{"what": "Fakturor", "why": "Bokföringslagen", "until": "2033-12-31"}],
        }
        assert any("personnummer" in what for what in reports["identity"]["erased"])
        assert rows("SELECT person_id, sealed_recipient FROM data_request") == [
            {"person_id": None, "sealed_recipient": None}
        ]
        assert "199908072391" not in str(receipt)
        assert "Karin" not in everything()

    def test_FJ8_an_erasure_that_has_begun_goes_on_however_long_somebody_is_away(
        self, me, suite, worker_settings, past
    ):
        made = ask(me, ERASURES).json
        suite.all_answer()
        suite.all_answer(besides=("metering",))
        past("requested_at = now() - interval '9 days'")
        suite.job("close-overdue-data-requests", worker_settings)
        assert me.send("GET", f"/erasure-receipts/{made['id']}").json["waiting_for"] == ["metering"]
        suite.deliver(*suite.answer("metering"))
        assert me.send("GET", f"/erasure-receipts/{made['id']}").json["status"] == "done"

    def test_FJ8_answers_to_the_question_do_not_count_for_the_erasure(self, me, suite):
        made = ask(me, ERASURES).json
        check = [event for service in OTHERS for event in suite.answer(service)]
        suite.all_answer()
        suite.deliver(*check)
        suite.scope(kind=DataRequestKind.ERASURE_CHECK)
        assert me.send("GET", f"/erasure-receipts/{made['id']}").json["waiting_for"] == OTHERS

    def test_FJ8_files_of_former_exports_go_too(self, me, suite, rows):
        ask(me)
        suite.all_answer()
        ask(me, ERASURES)
        suite.all_answer()
        assert rows("SELECT 1 FROM data_file") == []
        assert [row["kind"] for row in rows("SELECT kind FROM data_request")] == ["erasure"]

    def test_FJ8_who_comes_back_is_a_stranger(self, me, suite, new_browser, log_in):
        before = me.as_person("GET", "/me").json["person_id"]
        ask(me, ERASURES)
        suite.all_answer()
        again = new_browser()
        log_in(again)
        session = again.as_person("GET", "/session").json
        assert session["registered"] is False
        assert session["person"]["id"] != before
        assert again.as_person("GET", EXPORTS).json["items"] == []

    def test_C28_a_receipt_that_does_not_exist_looks_like_one_that_is_not_yours(self, me, browser):
        made = ask(me, ERASURES).json
        unknown, open_one = (browser.send("GET", f"/erasure-receipts/{number}") for number in (new_id(), made["id"]))
        assert unknown.status_code == open_one.status_code == 404
        assert unknown.json | {"instance": ""} == open_one.json | {"instance": ""}

    def test_FJ8_every_table_that_hangs_on_the_person_is_thought_of(self, rows):
        """A new foreign key to the person would make every erasure fail."""
        found = rows("SELECT conrelid::regclass::text AS name FROM pg_constraint WHERE confrelid = 'person'::regclass")
        assert {row["name"] for row in found} == {table.name for table in HANGING} | {"staff_access", "person_binding"}

    def test_FJ8_staffs_log_of_lookups_stays_without_the_person(
        self, me, suite, rows, keys, database, new_browser, log_in
    ):
        person_id = me.as_person("GET", "/me").json["person_id"]
        desk = new_browser()
        log_in(desk, "199006022397")
        entry = new_id()
        with database.transaction() as tx:
            staff.note(
                tx,
                entry_id=entry,
                action=StaffAction.LOOKUP,
                staff_person_id=UUID(desk.as_person("GET", "/me").json["person_id"]),
                person_id=UUID(person_id),
                reason_sealed=keys.vault.seal("Ringde om en faktura", place=f"staff_access.reason:{entry}"),
            )
        made = ask(me).json
        suite.all_answer()
        archive = unpack(me.as_person("GET", f"{EXPORTS}/{made['id']}/file"))
        assert json.loads(archive.read("identity/staff-access.json"))[0]["reason"] == "Ringde om en faktura"
        made = ask(me, ERASURES).json
        suite.all_answer()
        assert rows("SELECT id, person_id FROM staff_access") == [{"id": entry, "person_id": None}]
        left = ask(desk, ERASURES).json
        suite.all_answer()
        assert [reason["code"] for reason in show(desk, left, ERASURES)["reasons"]] == ["staff-log"]
        [own] = me.send("GET", f"/erasure-receipts/{made['id']}").json["reports"]
        assert [kept["what"] for kept in own["kept"]] == ["När kundservice har slagit upp dig"]


class TestRetention:
    def test_FJ10_what_is_kept_how_long_and_why_is_for_everybody_to_read_in_both_languages(self, browser):
        swedish = browser.send("GET", "/retention").json["items"]
        english = browser.send("GET", "/retention", headers={"Accept-Language": "en"}).json["items"]
        assert len(swedish) == len(english) > 20
        assert {line["service"] for line in swedish} == set(SERVICES)
        invoices = next(line for line in swedish if line["what"].startswith("Fakturor"))
        assert "Sju år" in invoices["kept_for"]
        assert "Bokföringslagen" in invoices["why"]
        assert any(line["kept_for"] == "36 months" for line in english)
        assert all(line[name] for line in (*swedish, *english) for name in ("what", "kept_for", "why"))

    def test_FJ10_the_language_is_swedish_unless_english_is_asked_for(self):
        assert retention.list_retention("de") == retention.list_retention("sv")
