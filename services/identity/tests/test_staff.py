import io
import json

import pytest
from sqlalchemy import text

from chassis import cli
from chassis.ids import new_id
from chassis.testing import deliver, told
from chassis.transaction import Principal
from contracts.activities import ActivityRecorded, Actor
from contracts.batch_billing import CustomerRegisteredV1
from identity.app import ADMIN
from identity.domain.staff import MOST_LOOKUPS

KARIN, ERIK, ASA, MARTA = "199908072391", "199006022397", "199107172380", "199312172381"
LOOKUPS, PERSONS = "/staff/person-lookups", "/staff/persons"
ASKED = {"personal_number": ERIK, "reason": "Ringer om sin faktura"}


@pytest.fixture
def operator(settings, database, monkeypatch, capsys):
    """``operator("grant-staff-role", "--role", ..., stdin=...)``: exit status and what was printed."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr(cli, "settings_for", lambda _service: settings)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        status = cli.main(["identity", "admin", *arguments])
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out.strip() else None, said.err

    return run


def grant(operator, number=KARIN, role="customer-service", name="Karin Test Persson"):
    return operator("grant-staff-role", "--role", role, "--reason", "Anställd", stdin=f"{number}\n{name}\n")


@pytest.fixture
def desk(operator, browser, log_in):
    """A browser in which a member of customer service is logged in; ``desk(path, body)`` asks."""
    grant(operator)
    log_in(browser)
    session = browser.resolve().json

    def ask(path, body, *, roles=None, headers=None):
        who = Principal(
            person_id=session["person_id"],
            session_id=session["session_id"],
            staff=frozenset(session["staff"] if roles is None else roles),
        )
        return browser.send("POST", path, body, who=who, headers=headers)

    ask.person_id = session["person_id"]
    return ask


# ---- roles
def test_a_role_is_given_by_an_operator_and_told_to_the_gateway_and_the_portal(operator, browser, log_in):
    log_in(browser)
    assert browser.resolve().json["staff"] == []
    assert browser.as_person("GET", "/session").json["staff"] == []
    status, said, _ = grant(operator)
    assert status == 0
    assert said["roles"] == ["customer-service"]
    assert said["changed"] is True
    # The open session follows at once.
    assert browser.resolve().json["staff"] == ["customer-service"]
    assert browser.as_person("GET", "/session").json["staff"] == ["customer-service"]


def test_a_role_can_be_given_before_the_first_login_and_taken_again(operator, browser, log_in, rows):
    assert grant(operator)[1]["changed"] is True
    assert grant(operator, role="staff-admin")[1]["roles"] == ["customer-service", "staff-admin"]
    assert grant(operator)[1]["changed"] is False
    log_in(browser)
    assert browser.resolve().json["staff"] == ["customer-service", "staff-admin"]
    status, said, _ = operator("revoke-staff-role", "--role", "staff-admin", "--reason", "Slutat", stdin=KARIN)
    assert (status, said["roles"], said["changed"]) == (0, ["customer-service"], True)
    assert browser.resolve().json["staff"] == ["customer-service"]
    assert operator("list-staff")[1] == [{"person_id": said["person_id"], "roles": ["customer-service"]}]
    log = rows("SELECT action, role, staff_person_id, person_id::text FROM staff_access ORDER BY at, id")
    assert [(each["action"], each["role"]) for each in log] == [
        ("grant", "customer-service"),
        ("grant", "staff-admin"),
        ("revoke", "staff-admin"),
    ]
    assert {each["person_id"] for each in log} == {said["person_id"]}


@pytest.mark.parametrize(
    ("stdin", "error"),
    [(f"{ERIK}\n", "does not exist"), ("19990807-2390\nNamn\n", "not valid"), ("", "not valid")],
    ids=["unknown-without-name", "wrong-check-digit", "nothing"],
)
def test_D23_a_role_for_nobody_is_refused_and_the_number_is_not_said(operator, rows, stdin, error):
    status, said, err = operator("grant-staff-role", "--role", "customer-service", "--reason", "Anställd", stdin=stdin)
    assert (status, said) == (1, None)
    assert error in err
    assert ERIK not in err
    assert rows("SELECT 1 FROM staff_access") == rows("SELECT 1 FROM person") == []


def test_D23_no_command_takes_a_personal_number_as_an_argument(operator):
    names = {
        *("grant-staff-role", "revoke-staff-role", "list-staff"),
        *("lift-register-protection", "verify-signatures"),
    }
    assert {command.name for command in ADMIN} == names
    with pytest.raises(SystemExit):
        operator("grant-staff-role", "--role", "customer-service", "--reason", "x", KARIN)
    with pytest.raises(SystemExit):
        operator("grant-staff-role", "--role", "king", "--reason", "x", stdin=KARIN)


# ---- persons
def test_staff_find_a_person_by_number_and_the_access_is_written_down(desk, new_browser, log_in, rows, everything):
    log_in(new_browser(), ERIK)
    found = desk(LOOKUPS, ASKED)
    assert found.status_code == 200
    assert {name: found.json[name] for name in ("name", "birth_year", "protected_identity")} == {
        "name": "Erik Test Lindqvist",
        "birth_year": 1990,
        "protected_identity": False,
    }
    assert set(found.json) == {"person_id", "name", "birth_year", "protected_identity"}
    log = rows(
        "SELECT action, staff_person_id::text AS who, person_id::text AS whom FROM staff_access WHERE role IS NULL"
    )
    assert log == [{"action": "lookup", "who": desk.person_id, "whom": found.json["person_id"]}]
    assert ASKED["reason"] not in everything()


def test_a_lookup_in_vain_is_written_down_too(desk, rows):
    answer = desk(LOOKUPS, ASKED)
    assert (answer.status_code, answer.json["code"]) == (404, "person-not-found")
    assert ERIK not in answer.text
    assert [(each["action"], each["person_id"]) for each in rows("SELECT * FROM staff_access WHERE role IS NULL")] == [
        ("lookup", None)
    ]


def test_a_new_person_is_added_once_and_bankids_name_outranks_the_one_of_the_form(desk, new_browser, log_in, rows):
    body = ASKED | {"personal_number": "19900602-2397", "name": "Eric Lindkvist"}
    first, again = desk(PERSONS, body), desk(PERSONS, body | {"name": "Någon Annan"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["name"] == "Eric Lindkvist"
    done = log_in(new_browser(), ERIK).json
    assert done["session"]["person"] == {"id": first.json["person_id"], "name": "Erik Test Lindqvist"}
    assert desk(PERSONS, body).json["name"] == "Erik Test Lindqvist"
    actions = [each["action"] for each in rows("SELECT action FROM staff_access WHERE role IS NULL ORDER BY at, id")]
    assert actions == ["create", "lookup", "lookup"]


def test_the_billing_systems_name_outranks_the_one_of_a_form(desk, database, events):
    desk(PERSONS, ASKED | {"name": "Eric"})
    deliver(
        database,
        events,
        CustomerRegisteredV1(customer_number="100900", personal_number=ERIK, name="Erik Test Lindqvist"),
    )
    assert desk(LOOKUPS, ASKED).json["name"] == "Erik Test Lindqvist"


def test_FJ9_staff_see_that_an_identity_is_protected(desk, database, events):
    deliver(
        database,
        events,
        CustomerRegisteredV1(
            customer_number="100901", personal_number=ERIK, name="Erik Test Lindqvist", protected_identity=True
        ),
    )
    assert desk(LOOKUPS, ASKED).json["protected_identity"] is True


@pytest.mark.parametrize("path", [LOOKUPS, PERSONS])
@pytest.mark.parametrize("roles", [[], ["staff-admin"], ["case-officer"]], ids=["none", "staff-admin", "other"])
def test_without_the_role_nothing_is_answered_and_nothing_written(desk, rows, path, roles):
    answer = desk(path, ASKED | ({"name": "Erik"} if path == PERSONS else {}), roles=roles)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert rows("SELECT 1 FROM staff_access WHERE role IS NULL") == []


@pytest.mark.parametrize(
    "change",
    [
        {"personal_number": "199006022390"},
        {"personal_number": "9006022397"},
        {"personal_number": ""},
        {"reason": ""},
        {"reason": "ok"},
        {"reason": "a" * 201},
        {"reason": "rad\nrad två"},
        {"name": "<b>Erik</b>"},
        {"name": ""},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_is_not_asked_as_it_should_be_is_refused(desk, rows, change):
    answer = desk(PERSONS, ASKED | {"name": "Erik"} | change)
    assert answer.status_code == 422
    assert "199006022390" not in answer.text
    assert rows("SELECT 1 FROM staff_access WHERE role IS NULL") == []


def test_sixty_persons_an_hour_and_no_more(desk, database, later):
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO staff_access (id, action, staff_person_id, reason_sealed) "
                "SELECT gen_random_uuid(), 'lookup', :who, 'x' FROM generate_series(1, :n)"
            ),
            {"who": desk.person_id, "n": MOST_LOOKUPS - 1},
        )
    assert desk(LOOKUPS, ASKED).status_code == 404
    for path, body in ((LOOKUPS, ASKED), (PERSONS, ASKED | {"name": "Erik"})):
        refused = desk(path, body)
        assert (refused.status_code, refused.json["code"]) == (429, "person-lookups-too-many")
        assert int(refused.headers["Retry-After"]) > 0
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE staff_access SET at = at - interval '61 minutes'"))
    assert desk(LOOKUPS, ASKED).status_code == 404


def test_the_log_refuses_an_entry_of_nobody(database):
    with database.engine.connect() as connection, pytest.raises(Exception, match="ck_staff_access_staff"):
        connection.execute(
            text("INSERT INTO staff_access (id, action, reason_sealed) VALUES (:id, 'lookup', 'x')"), {"id": new_id()}
        )


def test_looking_up_tells_no_other_service_anything(desk, database):
    before = told(database)
    assert desk(PERSONS, ASKED | {"name": "Erik"}).status_code == 201
    assert told(database) == before


def test_FJ6_the_person_can_see_that_somebody_looked_and_why(desk, database):
    whom = desk(PERSONS, ASKED | {"name": "Erik"}).json["person_id"]
    assert desk(LOOKUPS, ASKED).status_code == 200
    added, looked = told(database, ActivityRecorded)[-2:]
    for record in (added, looked):
        assert (str(record.person_id), str(record.about_person_id)) == (desk.person_id, whom)
        assert (record.actor, record.reason) == (Actor.STAFF, ASKED["reason"])
    assert looked.text_sv == "Slog upp personen"
