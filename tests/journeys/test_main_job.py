"""The five journeys of the foundation, through the gateway alone. Nothing here looks into a service's database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from runner.journey.gateway_client import Browser, Refused, until
from runner.journey.story import T28, T31, Story
from sim_bankid.persons import PERSONS
from sim_bolagsverket import companies

pytestmark = pytest.mark.journey


def a_home(world, number, *, start_value=1301, **more):
    """A customer with water, as the billing system tells of one; returns the customer number."""
    person = PERSONS[number]
    customer = world.billing_system.customer(number, name=person.name, email=f"{person.given_name.lower()}@exempel.se")
    world.billing_system.agreement(
        customer,
        street="Exempelgatan 1",
        postal_code="58115",
        city="Exempelstad",
        starts_on=str(date.today() - timedelta(days=200)),
        meter_number=f"VM-{customer}",
        digits=5,
        start_value=start_value,
        expected_yearly_use=75,
        **more,
    )
    return customer


def test_T5_T8_T9_the_whole_story_works_as_the_demo_tells_it(world):
    said = []
    seen = Story(world, said.append).run()
    assert seen["invoice"]["payment_status"] == "paid"
    assert seen["invoice"]["remaining_ore"] == 0
    assert not any("✗" in line for line in said)


class TestLogin:
    def test_T12_another_device_and_T13_the_same_device_both_end_in_a_session(self, suite):
        for way in ("log_in", "log_in_same_device"):
            karin = suite.citizen("199908072391")
            session = getattr(karin, way)()
            assert session["person"]["name"] == "Karin Test Persson"
            assert "__Host-sid" in karin.browser.cookies

    def test_T14_the_first_login_asks_for_registration_and_T16_the_terms_can_be_read(self, suite):
        newcomer = suite.citizen("200001012384", email="linnea@exempel.se")
        assert newcomer.log_in()["registered"] is False
        assert newcomer.browser.get("/identity/v1/terms")["text"]
        newcomer.register()
        assert newcomer.browser.get("/identity/v1/session")["registered"] is True

    def test_T18_who_has_nothing_and_T19_who_is_not_through_yet_are_told_different_things(self, suite):
        nobody = suite.citizen("201001192382")
        nobody.log_in()
        none = nobody.accounts()
        assert (none["items"], none["status"]) == ([], "none")
        suite.world.billing_system.customer("201001192382", name="Moa Test Björk", email="moa@exempel.se")
        pending = until("the state to change", lambda: (a := nobody.accounts())["status"] == "pending" and a)
        assert pending["items"] == []
        assert pending["message"] != none["message"]

    def test_T20_two_accounts_give_a_choice_and_the_session_gets_a_new_id(self, suite):
        for _ in range(2):
            a_home(suite.world, "199610202385")
        sara = suite.citizen("199610202385")
        sara.log_in()
        accounts = until("two accounts", lambda: len(a := sara.accounts()["items"]) >= 2 and a)
        before = sara.browser.cookies["__Host-sid"]
        sara.choose(accounts[1]["id"])
        assert sara.browser.cookies["__Host-sid"] != before
        old = Browser(suite.world.gateway_url, cookies={"__Host-sid": before})
        with pytest.raises(Refused) as refused:
            old.get("/identity/v1/session")
        assert refused.value.status == 401

    def test_logging_out_ends_the_session_on_the_server_within_a_second(self, suite):
        karin = suite.citizen("199908072391")
        karin.log_in()
        kept = dict(karin.browser.cookies)
        karin.browser.delete("/identity/v1/session")
        thief = Browser(suite.world.gateway_url, cookies=kept)
        until("the session to be gone", lambda: thief.send("GET", "/api/identity/v1/session").status == 401, 1.5)


class TestCompany:
    def test_T24_T28_the_signatory_opens_it_and_D9_twice_changes_nothing(self, suite):
        asa = suite.citizen("199107172380")
        asa.log_in()
        body = {"organisation_number": companies.PENDING_CASE}
        first = asa.browser.post("/org-registry/v1/company-accounts", body)
        again = asa.browser.post("/org-registry/v1/company-accounts", body)
        assert first["account_id"] == again["account_id"]
        assert T28 in str(first["message"])

    def test_T31_the_auditor_is_refused_in_the_exact_words(self, suite):
        gunvor = suite.citizen("194408139089")
        gunvor.log_in()
        with pytest.raises(Refused) as refused:
            gunvor.browser.post(
                "/org-registry/v1/company-accounts", {"organisation_number": companies.DEPUTY_AND_AUDITOR}
            )
        assert (refused.value.status, refused.value.detail) == (403, T31)

    def test_D11_a_register_that_is_down_never_reads_as_a_refusal(self, suite):
        ebba = suite.citizen("200001052380")
        ebba.log_in()
        suite.world.bolagsverket.take_down(companies.PARTNERSHIP, down=True)
        try:
            with pytest.raises(Refused) as refused:
                ebba.browser.post("/org-registry/v1/company-accounts", {"organisation_number": companies.PARTNERSHIP})
        finally:
            suite.world.bolagsverket.take_down(companies.PARTNERSHIP, down=False)
        assert refused.value.status == 503
        assert "Bolagsverket" in refused.value.detail

    def test_D10_two_who_sign_together_open_it_together(self, suite):
        body = {"organisation_number": companies.TWO_TOGETHER}
        erik, asa = suite.citizen("199006022397"), suite.citizen("199107172380")
        erik.log_in()
        assert erik.browser.post("/org-registry/v1/company-accounts", body)["status"] == "waiting-cosignatory"
        assert erik.accounts()["items"] == []
        asa.log_in()
        opened = asa.browser.post("/org-registry/v1/company-accounts", body)
        assert opened["status"] == "opened"
        assert opened["account_id"] in {item["id"] for item in erik.accounts()["items"]}


class TestGatewayAsAFrontEndMeetsIt:
    @pytest.fixture
    def sara(self, suite):
        a_home(suite.world, "199610202385")
        sara = suite.citizen("199610202385")
        sara.enter()
        return sara

    def test_D21_B_10_FB5_a_write_for_another_account_than_the_sessions_is_refused(self, sara):
        with pytest.raises(Refused) as refused:
            sara.browser.post("/metering/v1/readings", {}, account="01980000-0000-7000-8000-000000000000")
        assert (refused.value.status, refused.value.code) == (409, "account-mismatch")

    def test_C20_a_write_without_the_token_or_from_another_origin_is_refused(self, sara):
        for headers in ({"X-CSRF-Token": "wrong"}, {"Origin": "https://evil.test"}):
            answer = sara.browser.send("POST", "/api/metering/v1/readings", {}, headers=headers)
            assert answer.status == 403
            assert answer.headers.get_content_type() == "application/problem+json"

    def test_bad_input_is_a_problem_in_the_persons_language_that_names_the_field(self, sara):
        sara.browser.language = "en"
        with pytest.raises(Refused) as refused:
            sara.browser.post("/metering/v1/readings", {"value_m3": 1.5, "owner": "me"})
        fields = {entry["field"] for entry in refused.value.problem["errors"]}
        assert {"value_m3", "owner", "metering_point_id"} <= fields

    def test_C1_what_belongs_to_somebody_else_answers_as_what_does_not_exist(self, suite, sara):
        point = until("the point", lambda: sara.browser.get("/metering/v1/metering-points")["items"])[0]
        reading = sara.browser.post(
            "/metering/v1/readings",
            {
                "metering_point_id": point["id"],
                "value_m3": point["last_reading"]["value_m3"] + 30,
                "read_on": str(date.today()),
            },
        )
        a_home(suite.world, "199312172381")
        stranger = suite.citizen("199312172381")
        stranger.enter()
        answers = [
            stranger.browser.send("GET", f"/api/metering/v1/readings/{id_}").body
            for id_ in (reading["id"], "01980000-0000-7000-8000-000000000000")
        ]
        assert answers[0] | {"instance": ""} == answers[1] | {"instance": ""}
        assert answers[0]["status"] == 404

    def test_paths_that_are_inside_stay_inside(self, suite):
        browser = Browser(suite.world.gateway_url)
        for path in (
            "/api/identity/v1/internal/sessions",
            "/api/org-registry/v1/internal/grants",
            "/api/identity/livez",
            "/api/identity/metrics",
            "/api/identity/v1/../v1/internal/sessions",
            "/api/identity/v1/%69nternal/sessions",
        ):
            answer = browser.send("POST", path)
            assert answer.status in {400, 401, 403, 404, 405}, path
            assert "token" not in str(answer.body)

    def test_the_merged_page_and_every_document_are_served(self, suite):
        browser = Browser(suite.world.gateway_url)
        assert browser.send("GET", "/api/docs/").status in {200, 301, 302, 308}
        document = browser.send("GET", "/api/metering/openapi.json")
        assert document.body["openapi"] == "3.1.0"
