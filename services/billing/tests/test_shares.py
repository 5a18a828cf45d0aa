"""One invoice shared with one person outside the account (FC22): who may, who sees it, what it shows, how it ends."""

from datetime import timedelta

import pytest

from billing import usecases
from billing.usecases.sharing import READS
from chassis import scopes
from chassis.ids import new_id, utcnow
from chassis.testing import principal, told
from contracts.batch_billing import ServiceArea
from contracts.billing import InvoiceShareCreatedV1

SON, ACCOUNTANT = "son@exempel.se", "revisor@exempel.se"
SHARED = "/v1/shared-invoices"
OPENINGS = "/v1/invoice-share-openings"


class TestSharing:
    def test_FC22_the_address_gets_a_link_and_the_sharer_sees_where_it_stands(self, client, me, world, invoice_id):
        answer = client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON, "days": 3})
        assert answer.status_code == 201
        made = answer.json
        assert (made["address"], made["status"], made["opened_by"]) == ("s***@exempel.se", "sent", None)
        assert (made["shared_by_me"], made["may_end"]) == (True, True)
        [(created, expires)] = world.rows("SELECT created_at, expires_at FROM invoice_share")
        assert expires - created == timedelta(days=3)
        [(address, _)] = world.links()
        assert address == SON
        assert world.shares(client, me, invoice_id) == [made]

    def test_FC22_it_is_fourteen_days_unless_somebody_says_otherwise(self, share, world):
        [(span,)] = world.rows("SELECT expires_at - created_at FROM invoice_share")
        assert span == timedelta(days=14)

    @pytest.mark.parametrize("body", [
        {"email": SON, "days": 0}, {"email": SON, "days": 91}, {"email": SON, "days": "14"},
        {"email": SON, "days": 1.5},
        {"email": SON, "days": True}, {"email": "a@exempel.se, b@exempel.se"}, {"email": "son"}, {},
        {"email": SON, "read_only": True},
    ], ids=str)  # fmt: skip
    def test_FC22_what_is_no_address_or_no_time_is_refused(self, client, me, world, invoice_id, body):
        assert client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", body).status_code == 422
        assert world.links() == []

    def test_FC22_the_activity_log_says_that_an_invoice_was_shared_and_not_with_whom(
        self, share, world, me, invoice_id
    ):
        (act,) = world.acts("create_invoice_share")
        assert (act.account_id, act.person_id, str(act.subject_id)) == (me.account_id, me.person_id, invoice_id)
        assert act.text_sv == "Delade en faktura"

    def test_FC22_a_retry_with_the_same_key_sends_one_mail(self, client, me, world, invoice_id):
        path, key = f"/v1/invoices/{invoice_id}/shares", str(new_id())
        first, again = (client.as_(me).post(path, {"email": SON}, key=key) for _ in range(2))
        assert first.json == again.json
        assert len(world.links()) == 1

    def test_C13_neither_address_nor_secret_is_in_the_database_or_the_answer(self, share, world):
        token = world.token()
        rows = str(world.rows("SELECT s::text FROM invoice_share s")) + str(world.rows("SELECT o::text FROM outbox o"))
        for secret in (token, SON, token.encode().hex(), SON.encode().hex()):
            assert secret not in rows
            assert secret not in str(share)

    def test_C1_T17_another_accounts_invoice_does_not_exist(self, client, world, invoice_id):
        stranger = world.member(world.customer("K2"))
        for path in (invoice_id, new_id()):
            answer = client.as_(stranger).post(f"/v1/invoices/{path}/shares", {"email": SON})
            assert (answer.status_code, answer.json["code"]) == (404, "invoice-not-found")
            assert client.as_(stranger).get(f"/v1/invoices/{path}/shares").status_code == 404
        assert world.links() == []

    def test_D22_C6_who_only_reads_shares_nothing(self, client, me, world, invoice_id):
        reader = world.member(world.delegate(me, read_only=True))
        answer = client.as_(reader).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
        assert world.shares(client, reader, invoice_id) == []

    def test_D22_C6_customer_service_shares_nothing_and_sees_no_shares(self, client, me, world, share, invoice_id):
        desk = principal(account_id=me.account_id, role="support", scopes=scopes.READ_ONLY)
        assert client.as_(desk).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).status_code == 403
        assert world.shares(client, desk, invoice_id) == []

    def test_D22_who_lets_others_in_but_sees_no_invoices_shares_none(self, client, me, world, invoice_id):
        blind = world.member(world.delegate(me, scopes=scopes.ALL - {READS}))
        answer = client.as_(blind).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (answer.status_code, answer.json["code"]) == (403, "invoice-share-not-allowed")
        assert client.as_(blind).get(f"/v1/invoices/{invoice_id}/shares").status_code == 403

    @pytest.mark.parametrize("narrowed_in", ["token", "copy"])
    def test_D22_C6_a_narrowed_delegate_shares_what_he_sees_himself_and_nothing_else(
        self, client, me, world, invoice_id, narrowed_in
    ):
        waste = world.issue("1002", lines=[world.line(area=ServiceArea.WASTE)])
        services = frozenset({"waste"})
        delegate = world.delegate(me, services=services if narrowed_in == "token" else None)
        world.member(delegate, services=services)
        assert client.as_(delegate).post(f"/v1/invoices/{waste}/shares", {"email": SON}).status_code == 201
        refused = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (refused.status_code, refused.json["code"]) == (404, "invoice-not-found")

    @pytest.mark.parametrize("change", [{"read_only": True}, {"days_left": -1}], ids=str)
    def test_C7_a_right_that_has_just_been_lost_shares_nothing(self, client, me, world, invoice_id, change):
        delegate = world.member(world.delegate(me), version=2, **change)
        answer = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (answer.status_code, answer.json["code"]) == (403, "invoice-share-not-allowed")

    def test_C7_a_removed_member_shares_nothing_though_the_removal_came_before_anything_else(
        self, client, me, world, invoice_id
    ):
        delegate = world.delegate(me)
        world.remove(delegate)
        world.member(delegate)  # the grant comes late
        answer = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (answer.status_code, answer.json["code"]) == (403, "invoice-share-not-allowed")

    def test_FC22_a_membership_that_no_event_has_told_of_is_good_for_sharing_until_its_end_is_told(
        self, client, me, world, invoice_id
    ):
        old = world.delegate(me)
        assert client.as_(old).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).status_code == 201
        world.remove(old)
        assert world.open(client, world.visitor()).json["code"] == "invoice-share-ended"

    def test_C3_somebody_elses_membership_in_the_token_shares_nothing(self, client, me, world, invoice_id):
        thief = world.delegate(me, membership_id=me.membership_id)
        answer = client.as_(thief).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (answer.status_code, answer.json["code"]) == (403, "invoice-share-not-allowed")


class TestLimits:
    def test_C28_a_mailbox_gets_three_a_day_however_it_is_written_and_whoever_sends(
        self, client, me, world, invoice_id
    ):
        other = world.member(world.customer("K2"))
        theirs = world.issue("2001", "K2")
        for who, which, address in (
            (me, invoice_id, SON),
            (other, theirs, "SON@exempel.se"),
            (me, invoice_id, "son+a@exempel.se"),
        ):
            assert client.as_(who).post(f"/v1/invoices/{which}/shares", {"email": address}).status_code == 201
        refused = client.as_(other).post(f"/v1/invoices/{theirs}/shares", {"email": SON})
        assert (refused.status_code, refused.json["code"]) == (429, "invoice-share-address-limit")
        assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
        world.age("1 day")
        assert client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).status_code == 201

    def test_C28_an_account_sends_twenty_a_day_together(self, client, me, world, invoice_id):
        delegate = world.member(world.delegate(me))
        for number in range(20):
            who = me if number % 2 else delegate
            answer = client.as_(who).post(f"/v1/invoices/{invoice_id}/shares", {"email": f"a{number}@exempel.se"})
            assert answer.status_code == 201
        refused = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON})
        assert (refused.status_code, refused.json["code"]) == (429, "invoice-share-account-limit")

    def test_C28_ending_a_share_gives_no_mail_back(self, client, me, world, invoice_id):
        for _ in range(3):
            made = client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).json
            assert client.as_(me).delete(f"/v1/invoice-shares/{made['id']}").status_code == 204
        assert client.as_(me).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).status_code == 429

    def test_C28_of_many_at_once_no_more_than_three_are_sent(self, world, me, invoice_id):
        codes = world.at_once(
            8, lambda tx: usecases.share_invoice(tx, invoice_id, usecases.ShareInvoice(email=SON), world.keys), me
        )
        assert sorted(codes) == ["invoice-share-address-limit"] * 5 + ["ok"] * 3


def test_FC22_D26_the_event_says_nothing_of_whom_it_is_for(share, database, me):
    (event,) = told(database, InvoiceShareCreatedV1)
    assert (event.account_id, event.sharer_id, event.locale) == (me.account_id, me.person_id, "sv")
    assert event.expires_at > utcnow() + timedelta(days=13)
    assert SON not in str(event)
