from chassis.ids import new_id
from chassis.testing import principal

PATH = "/v1/orders"


def test_a_draft_is_created_listed_shown_and_discarded(client):
    me = client.as_(principal())
    created = me.post(PATH, {"title": "  Ny brygga "})
    assert created.status_code == 201
    assert created.json["title"] == "Ny brygga"
    own = f"{PATH}/{created.json['id']}"
    assert created.headers["Location"].endswith(own)
    assert me.get(own).json == created.json
    assert me.get(PATH).json == {"items": [created.json], "page": 1, "limit": 20, "total": 1}
    assert me.delete(own).status_code == 204
    assert me.get(PATH).json["total"] == 0
    assert me.delete(own).json["code"] == "order-already-discarded"


def test_the_same_key_gives_the_same_answer_and_one_effect(client):
    me, key = client.as_(principal()), str(new_id())
    first = me.post(PATH, {"title": "Ny brygga"}, key=key)
    second = me.post(PATH, {"title": "Ny brygga"}, key=key)
    assert second.status_code == 201
    assert second.json == first.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert me.get(PATH).json["total"] == 1


def test_somebody_elses_answers_exactly_as_one_that_does_not_exist(client):
    made = client.as_(principal()).post(PATH, {"title": "Ny brygga"}).json
    stranger = client.as_(principal())
    foreign, unknown = stranger.get(f"{PATH}/{made['id']}"), stranger.get(f"{PATH}/{new_id()}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}


def test_bad_input_names_the_field_in_the_persons_language_and_changes_nothing(client):
    me = client.as_(principal(), locale="en")
    answer = me.post(PATH, {"title": "", "owner": "me"})
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert {entry["field"] for entry in answer.json["errors"]} == {"title", "owner"}
    assert me.get(PATH).json["total"] == 0


def test_without_the_right_scope_or_without_login_it_is_refused(client):
    assert client.get(PATH).status_code == 401
    assert client.as_(principal(scopes=frozenset({"orders:read"}))).post(PATH, {"title": "x"}).status_code == 403
