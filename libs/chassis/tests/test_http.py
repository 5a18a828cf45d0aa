"""The HTTP half against a real PostgreSQL: a small application with one table."""

import json
import threading

import marshmallow as ma
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from chassis import app as chassis_app
from chassis import errors, migrations, tokens
from chassis.db import constraint_error
from chassis.http.access import authenticated, internal, public, requires, staff
from chassis.http.routes import Page, Reply, Routes
from chassis.http.schemas import Answer, EmailAddress, Line, Strict, WholeNumber
from chassis.ids import new_id
from chassis.settings import Settings, load
from chassis.testing import GATEWAY_KEY, MINTER, Client, gateway, principal, wait_for
from chassis.transaction import Database


class Taken(errors.Conflict):
    code = "name-taken"
    sv = ("Namnet är upptaget", "Välj ett annat namn.")
    en = ("The name is taken", "Choose another name.")


class Thing(Strict):
    name = Line(required=True, max_length=20)
    count = WholeNumber(load_default=1, validate=ma.validate.Range(1, 9))
    email = EmailAddress()


class ThingAnswer(Answer):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


MADE = ("Gjorde en sak", "Made a thing")
GATE = threading.Event()
ENTERED = threading.Event()


def make_routes() -> Routes:
    routes = Routes("things", "Things")

    @routes.post(
        "/things",
        access=requires("orders:write"),
        activity=MADE,
        body=Thing,
        answer=ThingAnswer,
        status=201,
        idempotent=True,
    )
    def create_thing(tx, body):
        thing_id = new_id()
        tx.session.execute(text("INSERT INTO thing VALUES (:id, :name)"), {"id": thing_id, "name": body["name"]})
        if body["name"] == "slow":
            ENTERED.set()
            GATE.wait(5)
        if body["name"] == "crash":
            raise RuntimeError("secret detail")
        if body["name"] == "refused":
            raise Taken(field="name")
        return Reply({"id": thing_id, "name": body["name"]}, headers={"Location": f"/v1/things/{thing_id}"})

    @routes.get("/things", access=public("a test"), answer=Page(ThingAnswer))
    def list_things(tx, query):
        rows = tx.session.execute(text("SELECT id, name FROM thing ORDER BY name")).all()
        return rows[: query["limit"]], len(rows)

    @routes.get("/writes", access=public("a test"))
    def write_in_get(tx):
        tx.session.execute(text("INSERT INTO thing VALUES (:id, 'x')"), {"id": new_id()})

    @routes.get("/mine", access=authenticated(), answer=ThingAnswer)
    def mine(tx):
        return {"id": tx.principal.person_id, "name": "me"}

    @routes.get("/water", access=requires("metering:read", area="water"))
    def water(tx): ...

    @routes.get("/desk", access=staff("customer-service"))
    def desk(tx): ...

    @routes.post("/internal/check", access=internal("gateway"))
    def check(tx): ...

    def ask(context, **_):
        return context.extension("other")()

    @routes.post("/asks", access=authenticated(), activity=MADE, prepare=ask, answer=ThingAnswer, idempotent=True)
    def asks(tx, prepared):
        return {"id": new_id(), "name": prepared}

    @routes.get("/sleep", access=public("a test"))
    def sleep(tx):
        tx.session.execute(text("SELECT pg_sleep(30)"))

    return routes


@pytest.fixture(scope="module")
def settings(postgres_server, worker_id):
    url = postgres_server.create(f"chassis_http_{worker_id}")
    environ = {
        "MINASIDOR_ENVIRONMENT": "test",
        "MINASIDOR_DATABASE_URL": url,
        "MINASIDOR_GATEWAY_JWKS": tokens.public_jwks(GATEWAY_KEY),
        "MINASIDOR_STATEMENT_TIMEOUT_MS": "300",
    }
    loaded = load(Settings, "orders", environ)
    database = Database(loaded)
    with database.engine.begin() as connection:
        migrations.create_chassis_tables(Operations(MigrationContext.configure(connection)))
        connection.execute(text("CREATE TABLE thing (id uuid PRIMARY KEY, name text CONSTRAINT uq_thing_name UNIQUE)"))
    database.dispose()
    constraint_error("uq_thing_name", Taken)
    return loaded


@pytest.fixture
def calls():
    return []


@pytest.fixture
def app(settings, calls):
    def other():
        calls.append(1)
        return f"answer {len(calls)}"

    made = chassis_app.create_app(settings, [make_routes()], title="Test", extensions={"other": other})
    yield made
    database = made.extensions["chassis"].database
    with database.engine.begin() as connection:
        connection.execute(text("TRUNCATE thing, idempotency_key"))
    database.dispose()


@pytest.fixture
def client(app):
    return Client(app, "orders", principal())


def things(client):
    return [row["name"] for row in client.get("/v1/things").json["items"]]


def test_a_command_answers_commits_once_and_says_where(client):
    answer = client.post("/v1/things", {"name": " a "})
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(answer.json["id"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert things(client) == ["a"]


def test_what_the_schema_refuses_names_each_field_in_both_languages_and_nothing_of_the_value(client):
    body = {"name": "x" * 21, "count": 1.5, "email": "a@b\r\nBcc: c@d.se", "role": "owner"}
    swedish, english = client.post("/v1/things", body), client.as_(client.who, locale="en").post("/v1/things", body)
    assert swedish.status_code == english.status_code == 422
    assert swedish.mimetype == "application/problem+json"
    texts = {entry["field"]: entry["detail"] for entry in swedish.json["errors"]}
    assert texts == {
        "name": "Mellan 1 och 20 tecken.",
        "count": "Ange ett heltal.",
        "email": "Ange en e-postadress som namn@exempel.se.",
        "role": "Fältet är okänt. Ta bort det.",
    }
    assert {entry["detail"] for entry in english.json["errors"]} >= {
        "Enter a whole number.",
        "Unknown field. Remove it.",
    }
    assert "Bcc" not in swedish.text
    assert things(client) == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b'{"name": "a", "name": "b"}', "content_type": "application/json"}, 400),
        ({"data": b'{"name": "a"}', "content_type": "text/plain"}, 415),
        ({"data": b'{"name": "a"}', "content_type": "application/json; charset=latin-1"}, 415),
        ({"data": b"x", "content_type": "application/json", "headers": {"Content-Encoding": "gzip"}}, 415),
        ({"data": b"[]", "content_type": "application/json"}, 422),
        ({"data": b"", "content_type": "application/json"}, 422),
        ({"data": b'{"name": "' + b"a" * 70_000 + b'"}', "content_type": "application/json"}, 413),
    ],
)
def test_B1_a_body_that_is_no_plain_json_object_is_a_problem_and_changes_nothing(client, options, status):
    answer = client.request("POST", "/v1/things", **options)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert things(client) == []


def test_unknown_paths_methods_and_parameters_are_problems_too(client):
    assert client.get("/v1/nothing").json["code"] == "not-found"
    refused = client.delete("/v1/things")
    assert refused.status_code == 405
    assert "POST" in refused.headers["Allow"]
    assert client.get("/v1/things?sort=name").json["errors"][0]["field"] == "sort"
    assert client.get("/v1/things?limit=1&limit=2").status_code == 400
    assert client.get("/v1/things?limit=101").json["errors"][0]["field"] == "limit"


def test_a_get_that_would_write_is_stopped_by_postgresql(client):
    assert client.get("/v1/writes").status_code == 500
    assert things(client) == []


@pytest.mark.parametrize("number", ["%EF%BC%91", "1_0", "%2B1", "+1", "1.0", "1e1", "0x1", "", "9" * 5000])
def test_B3_a_number_in_an_address_is_digits_and_nothing_else(client, number):
    assert client.get(f"/v1/things?limit={number}").json["errors"][0]["field"] == "limit"


def test_an_unexpected_fault_says_nothing_of_itself_and_leaves_nothing(client):
    answer = client.post("/v1/things", {"name": "crash"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert things(client) == []


def test_access_is_refused_before_anything_else(client, app):
    anonymous = client.as_(None)
    assert anonymous.get("/v1/mine").status_code == 401
    assert anonymous.get("/v1/mine").json["code"] == "not-logged-in"
    assert anonymous.post("/v1/things", {"name": "a"}).status_code == 401
    assert client.as_(principal(scopes=frozenset())).post("/v1/things", {"name": "a"}).status_code == 403
    assert client.as_(principal(account_id=None)).post("/v1/things", {"name": "a"}).status_code == 403
    assert client.as_(principal(services=frozenset({"waste"}))).get("/v1/water").status_code == 403
    assert client.as_(principal(services=frozenset({"water"}))).get("/v1/water").status_code == 204
    assert client.get("/v1/desk").status_code == 403
    assert client.as_(principal(staff=frozenset({"customer-service"}))).get("/v1/desk").status_code == 204
    assert client.post("/v1/internal/check").status_code == 403
    assert client.as_(gateway()).post("/v1/internal/check").status_code == 204
    forged = {"Authorization": f"Bearer {MINTER.mint('billing', principal())}"}
    assert app.test_client().get("/v1/mine", headers=forged).status_code == 401
    assert things(client) == []


def test_the_same_key_gives_the_stored_answer_and_another_body_is_refused(client):
    key = str(new_id())
    first = client.post("/v1/things", {"name": "a"}, key=key)
    again = client.post("/v1/things", {"name": "a"}, key=key)
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("/v1/things", {"name": "b"}, key=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")
    assert client.as_(principal()).post("/v1/things", {"name": "b"}, key=key).status_code == 201
    assert things(client) == ["a", "b"]


def test_C38_the_table_of_keys_gives_neither_the_key_nor_the_answer(client, app):
    key = str(new_id())
    client.post("/v1/things", {"name": "Karin Ek"}, key=key)
    with app.extensions["chassis"].database.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM idempotency_key")).all()
    assert row.status == 201
    assert "Karin Ek" not in str(row)
    assert b"Karin" not in bytes(row.body)
    assert key not in str(row)
    assert client.post("/v1/things", {"name": "Karin Ek"}, key=key).json["name"] == "Karin Ek"


@pytest.mark.parametrize("key", [None, "a" * 256, "å"])
def test_B13_a_missing_or_malformed_key_is_refused(client, key):
    headers = {} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = client.post("/v1/things", {"name": "a"}, key=None, headers=headers)
    assert answer.status_code == 400
    assert answer.json["code"].startswith("idempotency-key-m")


def test_a_refusal_is_kept_as_the_answer_and_a_fault_is_not(client):
    key = str(new_id())
    first = client.post("/v1/things", {"name": "refused"}, key=key)
    again = client.post("/v1/things", {"name": "refused"}, key=key)
    assert first.status_code == again.status_code == 409
    assert first.json["errors"][0]["field"] == "name"
    assert again.headers["Idempotency-Replayed"] == "true"
    crashed = str(new_id())
    assert client.post("/v1/things", {"name": "crash"}, key=crashed).status_code == 500
    assert client.post("/v1/things", {"name": "crash"}, key=crashed).status_code == 500
    assert things(client) == []


def test_B13_many_at_once_with_one_key_give_one_effect(client, app):
    key, answers = str(new_id()), []

    def send():
        answers.append(Client(app, "orders", client.who).post("/v1/things", {"name": "one"}, key=key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a.headers]
    assert len(fresh) == 1
    assert all(a.status_code in {201, 409, 503} for a in answers)
    assert things(client) == ["one"]


def test_a_second_request_while_the_first_runs_is_told_to_come_back(client, app):
    key, answers = str(new_id()), []
    GATE.clear()
    ENTERED.clear()
    first = threading.Thread(
        target=lambda: answers.append(Client(app, "orders", client.who).post("/v1/things", {"name": "slow"}, key=key))
    )
    first.start()
    assert ENTERED.wait(5)
    second = client.post("/v1/things", {"name": "slow"}, key=key)
    GATE.set()
    first.join()
    assert second.status_code in {409, 503}
    assert "Retry-After" in second.headers
    assert answers[0].status_code == 201


def test_what_is_prepared_is_not_asked_for_again_when_the_answer_is_stored(client, calls):
    key = str(new_id())
    assert client.post("/v1/asks", key=key).json["name"] == "answer 1"
    assert client.post("/v1/asks", key=key).json["name"] == "answer 1"
    assert len(calls) == 1


def test_a_violated_constraint_is_the_error_that_it_stands_for(client):
    client.post("/v1/things", {"name": "a"})
    assert client.post("/v1/things", {"name": "a"}).json["code"] == "name-taken"


def test_a_statement_that_takes_too_long_is_503_with_retry_after(client):
    answer = client.get("/v1/sleep")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_nobody_works_for_a_request_that_nobody_waits_for(client):
    assert client.get("/v1/things", headers={"X-Request-Deadline": "1000"}).status_code == 503


def test_an_unchanged_answer_is_not_sent_again(client):
    client.post("/v1/things", {"name": "a"})
    tag = client.get("/v1/things").headers["ETag"]
    assert client.get("/v1/things", headers={"If-None-Match": tag}).status_code == 304


def test_A10_a_restarted_database_costs_at_most_503_and_then_everything_goes_on(client, app):
    assert client.get("/v1/things").status_code == 200
    database = app.extensions["chassis"].database
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    statuses = [client.get("/v1/things").status_code for _ in range(3)]
    assert set(statuses) <= {200, 503}
    assert wait_for(lambda: client.get("/v1/things").status_code == 200)
    assert client.get("/livez").status_code == 200


def test_liveness_touches_nothing_and_readiness_asks_for_the_head(client):
    assert client.get("/livez").data == b"ok\n"
    assert client.get("/readyz").status_code == 503
    assert b"http_requests_total" in client.get("/metrics").data


def test_the_document_is_openapi_with_problems_and_access(client):
    document = client.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    operation = document["paths"]["/v1/things"]["post"]
    assert operation["responses"]["422"] == {"$ref": "#/components/responses/Problem"}
    assert operation["x-access"] == {"kind": "account", "scope": "orders:write"}
    assert "application/problem+json" in json.dumps(document["components"]["responses"]["Problem"])
    assert client.get("/v1/api-info").json["apiVersion"]
