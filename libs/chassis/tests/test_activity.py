"""What the chassis tells the activity log, and what it costs (FJ6, FC19, B-22)."""

import marshmallow as ma
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event as hooks
from sqlalchemy import text

from chassis import app as chassis_app
from chassis import errors, migrations, tokens
from chassis.activity import unlogged
from chassis.http.access import authenticated, internal, public, requires, selects_account, staff
from chassis.http.routes import Reply, Routes
from chassis.http.schemas import Answer, Line, Strict
from chassis.ids import new_id
from chassis.settings import Settings, load
from chassis.testing import GATEWAY_KEY, Client, gateway, principal, told
from chassis.transaction import Database
from contracts.activities import ActivityRecorded, Actor
from contracts.billing import InvoicePaidV1
from contracts.catalogue import ACTIVITIES, SERVICES

DID, LOOKED = ("Gjorde en sak", "Did a thing"), ("Tittade på saken", "Looked at the thing")


class Refused(errors.Conflict):
    code = "thing-refused"
    sv = ("Nej", "Det gick inte.")
    en = ("No", "It was not possible.")


class Thing(Strict):
    name = Line(required=True)


class ThingAnswer(Answer):
    id = ma.fields.UUID(required=True)


def make_routes():
    routes = Routes("things", "Things")

    @routes.post(
        "/things",
        access=requires("billing:write"),
        activity=DID,
        body=Thing,
        answer=ThingAnswer,
        status=201,
        idempotent=True,
    )
    def create_thing(tx, body):
        if body["name"] == "refused":
            raise Refused
        if body["name"] == "told":
            paid = InvoicePaidV1(invoice_id=new_id(), account_id=new_id(), invoice_number="1", paid_at=tx.now)
            tx.emit(paid, aggregate_id=paid.invoice_id, version=1)
        return Reply({"id": new_id()})

    @routes.delete("/things/<uuid:thing_id>", access=requires("billing:write"), activity=DID)
    def remove_thing(tx, thing_id): ...

    @routes.put("/me", access=authenticated(), activity=DID)
    def change_me(tx):
        tx.note(account_id=None, reason="Ringde, 19990807-2391")

    @routes.put("/quiet", access=authenticated(), activity=unlogged("nothing that anybody looks for"))
    def keep_alive(tx): ...

    @routes.put("/account", access=selects_account(), activity=DID)
    def choose(tx): ...

    @routes.post("/staff/looks", access=staff("customer-service"), activity=DID)
    def staff_does(tx):
        tx.note(about_person_id=tx.principal.session_id, reason="Kunden ringde")

    @routes.get("/staff/things", access=staff("customer-service"), summary_sv="Lista", summary_en="List")
    def staff_looks(tx): ...

    @routes.get("/things", access=requires("billing:read"), answer=ThingAnswer, summary_sv="Saker", summary_en="Things")
    def list_things(tx):
        return {"id": tx.principal.account_id}

    @routes.get("/thing", access=requires("billing:read"), activity=LOOKED)
    def get_thing(tx): ...

    @routes.get("/ticks", access=requires("billing:read"), activity=unlogged("asked for every second by the page"))
    def get_ticks(tx): ...

    @routes.get("/looks", access=requires("billing:read"), leaves_trace=True)
    def look(tx):
        tx.record("look", "Tittade", "Looked", account_id=tx.principal.account_id)

    @routes.get("/sly", access=requires("billing:read"))
    def look_slyly(tx):
        tx.record("look", "Tittade", "Looked", account_id=tx.principal.account_id)

    @routes.post("/open", access=public("a test of the chassis"))
    def open_to_all(tx): ...

    @routes.post("/internal/check", access=internal("gateway"))
    def check(tx): ...

    return routes


@pytest.fixture(scope="module")
def settings(postgres_server, worker_id):
    url = postgres_server.create(f"chassis_activity_{worker_id}")
    environ = {
        "MINASIDOR_ENVIRONMENT": "test",
        "MINASIDOR_DATABASE_URL": url,
        "MINASIDOR_GATEWAY_JWKS": tokens.public_jwks(GATEWAY_KEY),
    }
    loaded = load(Settings, "billing", environ)
    database = Database(loaded)
    with database.engine.begin() as connection:
        migrations.create_chassis_tables(Operations(MigrationContext.configure(connection)))
    database.dispose()
    return loaded


@pytest.fixture
def database(settings):
    made = Database(settings)
    yield made
    with made.engine.begin() as connection:
        connection.execute(text("TRUNCATE outbox, idempotency_key"))
    made.dispose()


@pytest.fixture
def client(settings, database):
    made = chassis_app.create_app(settings, [make_routes()], title="Test")
    made.extensions["chassis"].make_database = lambda _settings: database
    return Client(made, "billing")


@pytest.fixture
def recorded(database):
    return lambda: told(database, ActivityRecorded)


class TestWrites:
    def test_FJ6_a_write_tells_who_on_whose_behalf_what_and_of_which_thing(self, client, recorded):
        me = principal(role="delegate")
        made = client.as_(me).post("/v1/things", {"name": "x"})
        (act,) = recorded()
        assert (act.actor, act.person_id, act.account_id, act.role) == (
            Actor.PERSON,
            me.person_id,
            me.account_id,
            "delegate",
        )
        assert (act.action, act.text_sv, act.text_en) == ("create_thing", *DID)
        assert str(act.subject_id) == made.json["id"]
        assert type(act) is ACTIVITIES["billing"]
        assert act.spec.type == "billing.activity.recorded.v1"
        assert (act.support_view_id, act.reason, act.about_person_id) == (None, None, None)

    def test_the_thing_in_the_address_is_the_subject(self, client, recorded):
        thing_id = new_id()
        client.as_(principal()).delete(f"/v1/things/{thing_id}")
        assert [act.subject_id for act in recorded()] == [thing_id]

    def test_a_person_without_an_account_tells_of_himself_and_the_view_may_say_more(self, client, recorded):
        me = principal(account_id=None, role=None)
        client.as_(me).put("/v1/me")
        (act,) = recorded()
        assert (act.person_id, act.account_id) == (me.person_id, None)
        assert act.reason == "Ringde, [pnr]"

    def test_what_is_refused_is_not_told(self, client, recorded):
        assert client.as_(principal()).post("/v1/things", {"name": "refused"}).status_code == 409
        assert client.as_(principal(scopes=frozenset())).post("/v1/things", {"name": "x"}).status_code == 403
        assert client.post("/v1/things", {"name": "x"}).status_code == 401
        assert client.as_(principal()).post("/v1/things", {}).status_code == 422
        assert recorded() == []

    def test_a_repeated_request_is_told_once(self, client, recorded):
        me, key = client.as_(principal()), str(new_id())
        for _ in range(2):
            assert me.post("/v1/things", {"name": "x"}, key=key).status_code == 201
        assert len(recorded()) == 1

    def test_what_is_unlogged_public_or_internal_is_not_told(self, client, recorded):
        client.as_(principal()).put("/v1/quiet")
        client.post("/v1/open")
        client.as_(principal()).post("/v1/open")
        client.as_(gateway()).post("/v1/internal/check")
        assert recorded() == []


class TestCustomerService:
    def test_B_22_staff_is_told_as_staff_and_never_of_its_own_account(self, client, recorded):
        me = principal(staff=frozenset({"customer-service"}))
        client.as_(me).post("/v1/staff/looks")
        client.as_(me).get("/v1/staff/things")
        does, looks = recorded()
        assert {act.actor for act in (does, looks)} == {Actor.STAFF}
        assert {act.account_id for act in (does, looks)} == {None}
        assert (does.about_person_id, does.reason) == (me.session_id, "Kunden ringde")
        assert (looks.text_sv, looks.text_en) == ("Tittade på: Lista", "Looked at: List")

    def test_FK9_every_page_in_a_view_is_told_with_the_view(self, client, recorded):
        me = principal(role="support", scopes=frozenset({"billing:read"}), read_only=True)
        answer = client.as_(me).get("/v1/things")
        assert answer.status_code == 200
        assert answer.headers["ETag"]
        client.as_(me).get("/v1/thing")
        first, second = recorded()
        assert {act.actor for act in (first, second)} == {Actor.SUPPORT}
        assert {act.support_view_id for act in (first, second)} == {me.membership_id}
        assert {act.account_id for act in (first, second)} == {me.account_id}
        assert (first.text_sv, second.text_sv) == ("Tittade på: Saker", LOOKED[0])

    def test_FK9_a_view_changes_nothing(self, client, recorded):
        me = principal(role="support", scopes=frozenset({"billing:read"}), read_only=True)
        assert client.as_(me).post("/v1/things", {"name": "x"}).status_code == 403
        assert recorded() == []

    def test_FK9_an_answer_that_the_browser_has_already_was_looked_at_all_the_same(self, client, recorded):
        me = client.as_(principal(role="support", scopes=frozenset({"billing:read"}), read_only=True))
        tag = me.get("/v1/things").headers["ETag"]
        assert me.get("/v1/things", headers={"If-None-Match": tag}).status_code == 304
        assert len(recorded()) == 2

    def test_a_customers_own_reading_is_not_told(self, client, recorded):
        for role in ("owner", "signatory", "delegate"):
            client.as_(principal(role=role)).get("/v1/things")
        client.as_(principal(role="support")).get("/v1/ticks")
        assert recorded() == []

    def test_FC22_a_read_that_leaves_a_trace_may_write_it_and_no_other_read_can(self, client, recorded):
        who = principal()
        assert client.as_(who).get("/v1/looks").status_code == 204
        assert [act.account_id for act in recorded()] == [who.account_id]
        assert client.as_(who).get("/v1/sly").status_code == 500
        assert len(recorded()) == 1


class TestCost:
    @pytest.fixture
    def statements(self, database):
        seen = []
        for engine in (database.engine, database.read_engine):
            hooks.listen(engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        return seen

    def test_a_command_that_tells_something_takes_no_round_trip_more(self, client, statements):
        client.as_(principal()).post("/v1/things", {"name": "told"})
        writes = [statement for statement in statements if "INSERT INTO outbox" in statement]
        assert len(writes) == 1
        assert len(statements) == 4, statements  # claim, now(), store, outbox

    def test_a_customers_read_takes_none_and_opens_no_transaction(self, client, statements):
        client.as_(principal()).get("/v1/things")
        assert statements == []

    def test_a_command_that_tells_nothing_else_takes_one_statement(self, client, statements):
        client.as_(principal()).put("/v1/me")
        assert len(statements) == 1


class TestWithoutHttp:
    def test_a_job_tells_as_the_system(self, database, recorded):
        account_id, thing_id = new_id(), new_id()
        with database.transaction() as tx:
            tx.record("expire_thing", "Saken gick ut", "The thing expired", account_id=account_id, subject_id=thing_id)
        (act,) = recorded()
        assert (act.actor, act.person_id, act.account_id, act.subject_id) == (Actor.SYSTEM, None, account_id, thing_id)

    def test_what_nobody_would_see_is_a_mistake_of_the_programmer(self, database):
        with pytest.raises(RuntimeError, match="nobody would ever see it"), database.transaction() as tx:
            tx.record("expire_thing", "Saken gick ut", "The thing expired")

    def test_what_is_rolled_back_was_not_told(self, database, recorded):
        def fail():
            with database.transaction() as tx:
                tx.record("x", "X", "X", account_id=new_id())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert recorded() == []


@pytest.mark.parametrize("access", [authenticated(), requires("billing:write"), selects_account(), staff("x")])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("activity", [None, ("Bara svenska", ""), unlogged("")], ids=["none", "half", "no-reason"])
def test_a_write_without_its_activity_cannot_be_declared(access, method, activity):
    with pytest.raises(TypeError, match="activity="):
        getattr(Routes("x", "x"), method)("/x", access=access, activity=activity)(print)


def test_every_service_has_a_type_of_its_own_for_its_own_key():
    assert {service: cls.spec.producer for service, cls in ACTIVITIES.items()} == {name: name for name in SERVICES}
    assert len({tuple(cls.__struct_fields__) for cls in ACTIVITIES.values()}) == 1
