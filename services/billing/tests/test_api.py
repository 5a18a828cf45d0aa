import pytest

from chassis.ids import new_id
from chassis.testing import principal
from contracts.batch_billing import ServiceArea

INVOICES = "/v1/invoices"


@pytest.fixture
def invoice_id(world, me, client):
    world.deliver(world.invoice())
    return client.as_(me).get(INVOICES).json["items"][0]["id"]


def test_T58_the_list_has_what_is_needed_to_pay(client, me, world, invoice_id):
    answer = client.as_(me).get(INVOICES)
    assert answer.status_code == 200
    assert answer.json | {"items": None} == {"items": None, "page": 1, "limit": 20, "total": 1}
    assert answer.json["items"] == [
        {
            "id": invoice_id,
            "invoice_number": "1001",
            "kind": "invoice",
            "issued_on": world.ago(30).isoformat(),
            "due_on": world.today.isoformat(),
            "period_from": world.ago(120).isoformat(),
            "period_to": world.ago(31).isoformat(),
            "service_areas": ["water"],
            "total_ore": 100_000,
            "credited_ore": 0,
            "paid_ore": 0,
            "remaining_ore": 100_000,
            "document_status": "issued",
            "payment_status": "unpaid",
            "overdue": False,
            "ocr": world.invoice().ocr,
            "bankgiro": "991-2346",
        }
    ]


def test_an_invoice_shows_lines_vat_payments_and_credits(client, me, world):
    lines = [world.line(12_345, quantity="12.5", price="987.6"), world.line(10_000, rate=12, area=ServiceArea.WASTE)]
    world.deliver(world.invoice(lines=lines, reading_id=new_id()))
    world.deliver(world.payment(5_000, days_ago=3))
    world.deliver(world.credit(net=-8_000))
    rows = {item["invoice_number"]: item for item in client.as_(me).get(INVOICES).json["items"]}
    shown = client.as_(me).get(f"{INVOICES}/{rows['1001']['id']}").json
    assert rows["1001"] == {name: shown[name] for name in rows["1001"]}
    assert [
        (line["quantity"], line["unit_price_ore"], line["net_ore"], line["vat_ore"]) for line in shown["lines"]
    ] == [
        ("12.5", "987.6", 12_345, 3_086),
        ("1", "10000", 10_000, 1_200),
    ]
    assert shown["vat"] == [
        {"rate": 12, "net_ore": 10_000, "vat_ore": 1_200},
        {"rate": 25, "net_ore": 12_345, "vat_ore": 3_086},
    ]
    assert shown["net_ore"] + shown["vat_ore"] + shown["rounding_ore"] == shown["total_ore"] == 26_600
    assert shown["payments"] == [{"amount_ore": 5_000, "received_on": world.ago(3).isoformat()}]
    assert [(credit["invoice_number"], credit["total_ore"]) for credit in shown["credited_by"]] == [("9001", -10_000)]
    assert (shown["remaining_ore"], shown["payment_status"]) == (11_600, "part-paid")
    credit = client.as_(me).get(f"{INVOICES}/{rows['9001']['id']}").json
    assert (credit["kind"], credit["credits_invoice_number"]) == ("credit", "1001")
    assert (credit["payment_status"], credit["remaining_ore"], credit["payments"]) == ("nothing-due", 0, [])


def test_65_two_axes_and_overdue(client, me, world):
    world.deliver(world.invoice(days_ago=31))
    assert client.as_(me).get(INVOICES).json["items"][0]["overdue"]
    world.deliver(world.credit())
    shown = client.as_(me).get(f"{INVOICES}?to_on={world.ago(31)}").json["items"][0]
    assert (shown["document_status"], shown["payment_status"], shown["overdue"]) == ("credited", "nothing-due", False)


def test_T17_somebody_elses_invoice_answers_exactly_as_one_that_does_not_exist(client, world, invoice_id):
    stranger = client.as_(world.customer("K2"))
    foreign, unknown = stranger.get(f"{INVOICES}/{invoice_id}"), stranger.get(f"{INVOICES}/{new_id()}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json | {"instance": ""} == unknown.json | {"instance": ""}
    assert foreign.json["code"] == "invoice-not-found"


def test_an_old_paid_invoice_is_not_listed_and_still_found_by_its_id(client, me, world):
    world.deliver(world.invoice(days_ago=600))
    old = client.as_(me).get(INVOICES).json["items"][0]["id"]
    world.deliver(world.payment())
    assert client.as_(me).get(INVOICES).json["total"] == 0
    assert client.as_(me).get(f"{INVOICES}/{old}").json["payment_status"] == "paid"


def test_D22_a_narrowed_membership_sees_only_what_is_wholly_within_it(client, me, world):
    water, waste = world.line(), world.line(area=ServiceArea.WASTE)
    world.deliver(world.invoice("1001", lines=[water]))
    world.deliver(world.invoice("1002", lines=[water, waste]))
    world.deliver(world.invoice("1003", lines=[world.line(area=None)]))
    world.deliver(world.started("A1"))
    world.deliver(world.started("A2", area=ServiceArea.WASTE))
    narrowed = client.as_(principal(account_id=me.account_id, services=frozenset({"water"})))
    assert [item["invoice_number"] for item in narrowed.get(INVOICES).json["items"]] == ["1001"]
    hidden = [item["id"] for item in client.as_(me).get(INVOICES).json["items"] if item["invoice_number"] != "1001"]
    assert [narrowed.get(f"{INVOICES}/{one}").status_code for one in hidden] == [404, 404]
    year = world.ago(30).year
    areas = narrowed.get(f"/v1/costs?year={year}").json["areas"]
    assert areas == [{"service_area": "water", "amount_ore": 200_000}]
    assert [item["agreement_number"] for item in narrowed.get("/v1/agreements").json["items"]] == ["A1"]
    nothing = client.as_(principal(account_id=me.account_id, services=frozenset()))
    assert nothing.get(INVOICES).json["total"] == 0


@pytest.mark.parametrize(
    "query",
    ["status=late", "from_on=2026-13-01", "to_on=igår", "limit=0", "limit=101", "page=0", "sort=total", "status="],
)
def test_B7_wrong_filters_are_refused(client, me, query):
    answer = client.as_(me).get(f"{INVOICES}?{query}")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_B7_a_period_that_ends_before_it_begins_is_refused_in_both_languages(client, me):
    path = f"{INVOICES}?from_on=2026-03-02&to_on=2026-03-01"
    for locale, title in (("sv", "Perioden är bakvänd"), ("en", "The period is backwards")):
        answer = client.as_(me, locale=locale).get(path)
        assert (answer.status_code, answer.json["code"], answer.json["title"]) == (422, "period-backwards", title)


def test_a_page_beyond_the_last_is_empty_and_still_tells_how_many_there_are(client, me, invoice_id):
    assert client.as_(me).get(f"{INVOICES}?page=7").json == {"items": [], "page": 7, "limit": 20, "total": 1}
    assert client.as_(me).get("/v1/agreements?page=7").json["items"] == []


def test_pages_do_not_overlap_and_miss_nothing(client, me, world):
    for number in range(1001, 1008):
        world.deliver(world.invoice(str(number)))
    pages = [client.as_(me).get(f"{INVOICES}?limit=3&page={page}").json for page in (1, 2, 3)]
    numbers = [item["invoice_number"] for page in pages for item in page["items"]]
    assert numbers == [str(number) for number in range(1007, 1000, -1)]
    assert {page["total"] for page in pages} == {7}


def test_T62_a_year_without_invoices_costs_nothing(client, me):
    answer = client.as_(me).get("/v1/costs?year=2020").json
    assert (answer["total_ore"], answer["areas"], len(answer["months"])) == (0, [], 12)
    assert client.as_(me).get("/v1/costs").status_code == 422
    assert client.as_(me).get("/v1/costs?year=12").status_code == 422


def test_without_login_or_right_it_is_refused(client, me):
    for path in (INVOICES, f"{INVOICES}/{new_id()}", "/v1/costs?year=2026", "/v1/agreements"):
        assert client.get(path).status_code == 401
        assert client.as_(principal(scopes=frozenset({"metering:read"}))).get(path).status_code == 403
        assert client.as_(principal(account_id=None)).get(path).status_code == 403


def test_the_same_answer_again_is_not_sent_again(client, me, invoice_id):
    first = client.as_(me).get(INVOICES)
    again = client.as_(me).get(INVOICES, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-store"


def test_the_openapi_document_names_every_route(app):
    assert set(app.extensions["openapi"]["paths"]) == {
        "/v1/invoices", "/v1/invoices/{invoice_id}", "/v1/costs", "/v1/agreements",
        "/v1/invoices/{invoice_id}/shares", "/v1/invoice-shares/{share_id}", "/v1/invoice-share-openings",
        "/v1/shared-invoices", "/v1/shared-invoices/{share_id}",
    }  # fmt: skip
