"""A shared invoice as its recipient sees it (FC22): who is let in, what it shows, how it ends, what is kept of it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from billing import usecases
from chassis.ids import new_id
from chassis.mailed_links import token_hash
from contracts.activities import Actor
from contracts.fields import PROTECTED_NAME

SON, ACCOUNTANT = "son@exempel.se", "revisor@exempel.se"
SHARED = "/v1/shared-invoices"
OPENINGS = "/v1/invoice-share-openings"


class TestOpening:
    def test_FC22_the_first_who_opens_it_sees_the_invoice_and_the_sharer_sees_who_it_was(
        self, client, me, world, share, invoice_id
    ):
        son = world.visitor("Erik Exempel", 1990)
        answer = world.open(client, son)
        assert answer.status_code == 201
        assert answer.json.keys() == {"id", "expires_at"}
        assert answer.headers["Location"].endswith(f"{SHARED}/{share['id']}")
        shown = client.as_(son).get(f"{SHARED}/{share['id']}")
        assert shown.status_code == 200
        assert shown.json["invoice_number"] == "1001"
        [row] = world.shares(client, me, invoice_id)
        assert (row["status"], row["opened_by"]) == ("opened", {"name": "Erik Exempel", "birth_year": 1990})
        assert row["first_opened_at"] <= row["last_seen_at"]

    def test_FC22_C12_it_shows_what_the_invoice_shows_and_nothing_else_of_the_account(self, client, world, share):
        world.deliver(world.payment(10_000))
        world.deliver(world.credit(net=-8_000))
        world.issue("1002", ocr=world.invoice().ocr)
        son = world.visitor()
        world.open(client, son)
        shown = client.as_(son).get(f"{SHARED}/{share['id']}").json
        assert shown.keys() == {
            "id", "invoice_number", "kind", "issued_on", "due_on", "period_from", "period_to", "service_areas",
            "total_ore", "credited_ore", "paid_ore", "remaining_ore", "document_status", "payment_status", "overdue",
            "ocr", "bankgiro", "net_ore", "vat_ore", "rounding_ore", "lines", "vat", "credits_invoice_number",
            "opened_at", "expires_at",
        }  # fmt: skip
        assert shown["id"] == share["id"]
        assert shown["lines"][0].keys() == {
            "description", "quantity", "unit", "unit_price_ore", "net_ore", "vat_rate", "vat_ore", "service_area",
            "period_from", "period_to",
        }  # fmt: skip
        whole = client.as_(son).get(f"{SHARED}/{share['id']}").get_data(as_text=True)
        for account_s_own in ("K1", "9001", "1002", "735999109151401011", "Storgatan"):
            assert account_s_own not in whole.replace(shown["ocr"], "")
        assert (shown["paid_ore"], shown["remaining_ore"]) == (10_000, 80_000)

    def test_FC22_a_person_with_no_account_has_a_list_of_what_is_shared_now(self, client, world, me, share, invoice_id):
        son = world.visitor()
        assert client.as_(son).get(SHARED).json == {"items": [], "page": 1, "limit": 20, "total": 0}
        world.open(client, son)
        second = client.as_(me).post(f"/v1/invoices/{world.issue('1002')}/shares", {"email": SON}).json
        world.open(client, son)
        listed = client.as_(son).get(SHARED).json
        assert listed["total"] == 2
        assert {row["invoice_number"]: row["id"] for row in listed["items"]} == {
            "1001": share["id"],
            "1002": second["id"],
        }
        assert client.as_(world.visitor()).get(SHARED).json["items"] == []
        client.as_(me).delete(f"/v1/invoice-shares/{second['id']}")
        assert [row["invoice_number"] for row in client.as_(son).get(SHARED).json["items"]] == ["1001"]

    def test_C11_nothing_but_the_post_of_the_secret_claims_it(self, client, world, share):
        token = world.token()
        scanner = client.as_(None)
        for path in (OPENINGS, f"{OPENINGS}?token={token}", SHARED, f"{SHARED}/{share['id']}"):
            assert scanner.get(path).status_code in {401, 404, 405}
        assert scanner.post(OPENINGS, {"token": token}).status_code == 401
        assert world.rows("SELECT recipient_id, last_seen_at FROM invoice_share") == [(None, None)]

    def test_C12_C10_a_second_person_with_the_link_is_refused_whatever_becomes_of_it(self, client, world, me, share):
        first, second = world.visitor(), world.visitor("Någon Annan", 1955)
        world.open(client, first)
        for _ in range(2):
            refused = world.open(client, second)
            assert (refused.status_code, refused.json["code"]) == (410, "invoice-share-used-by-other")
            client.as_(me).delete(f"/v1/invoice-shares/{share['id']}")
        hidden, unknown = (client.as_(second).get(f"{SHARED}/{which}") for which in (share["id"], new_id()))
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.json | {"instance": 0} == unknown.json | {"instance": 0}

    def test_C10_of_many_who_open_it_at_once_one_gets_it(self, world, share):
        token = world.token()
        people = [world.visitor() for _ in range(6)]
        codes = world.at_once(6, lambda tx: usecases.open_link(tx, usecases.OpenLink(token=token), world.keys), *people)
        assert sorted(codes) == ["invoice-share-used-by-other"] * 5 + ["ok"]

    def test_B_24_the_same_person_may_open_the_mail_again(self, client, world, share):
        son = world.visitor()
        first, again = world.open(client, son), world.open(client, son)
        assert first.status_code == again.status_code == 201
        assert first.json == again.json

    def test_FC22_the_sharers_own_click_uses_nothing_up(self, client, world, me, share):
        own = world.open(client, world.visitor(person_id=me.person_id))
        assert (own.status_code, own.json["code"]) == (403, "invoice-share-own")
        assert world.open(client, world.visitor()).status_code == 201

    def test_C9_no_guess_tells_more_than_another(self, client, world, share):
        token = world.token()
        guesses = [token[:-1], token + "A", token.swapcase(), token[::-1], "x", "x" * 43, f" {token}"]
        answers = [world.open(client, world.visitor(), guess) for guess in guesses]
        assert {(answer.status_code, answer.json["code"], answer.json["detail"]) for answer in answers} == {
            (404, "invoice-share-not-found", answers[0].json["detail"])
        }

    def test_FC22_without_a_verified_name_nothing_is_claimed(self, client, world, share):
        answer = world.open(client, world.visitor(name=None))
        assert (answer.status_code, answer.json["code"]) == (503, "invoice-share-recipient-not-verified")
        assert world.open(client, world.visitor()).status_code == 201

    def test_FC22_a_protected_name_is_neither_kept_nor_shown(self, client, world, me, share, invoice_id):
        world.open(client, world.visitor(PROTECTED_NAME["sv"], 1980))
        [row] = world.shares(client, me, invoice_id)
        assert row["opened_by"] == {"name": "Skyddad identitet", "birth_year": None}
        assert world.rows("SELECT recipient_name_sealed FROM invoice_share") == [(None,)]

    def test_FC22_a_name_that_becomes_protected_is_erased(self, client, world, me, share, invoice_id):
        son = world.visitor("Erik Exempel", 1990)
        world.open(client, son)
        world.name(son, protected=False)
        assert world.shares(client, me, invoice_id)[0]["opened_by"]["name"] == "Erik Exempel"
        world.name(son, protected=True)
        assert world.shares(client, me, invoice_id)[0]["opened_by"] == {"name": "Skyddad identitet", "birth_year": None}

    def test_FC19_each_day_that_he_looks_is_one_line_in_the_accounts_log(
        self, client, world, me, share, database, invoice_id
    ):
        son = world.visitor()
        world.open(client, son)
        for _ in range(3):
            client.as_(son).get(f"{SHARED}/{share['id']}")
        (act,) = world.acts("see_shared_invoice")
        assert (act.actor, act.person_id, act.account_id) == (Actor.PERSON, son.person_id, me.account_id)
        assert str(act.subject_id) == invoice_id
        world.run("UPDATE invoice_share SET last_seen_at = last_seen_at - interval '24 hours'")
        for _ in range(2):
            client.as_(son).get(f"{SHARED}/{share['id']}")
        assert len(world.acts("see_shared_invoice")) == 2

    def test_FC22_every_look_is_the_sharers_to_see_and_a_refused_one_is_not_a_look(self, client, world, me, share):
        son = world.visitor()
        world.open(client, son)
        world.run("UPDATE invoice_share SET last_seen_at = created_at, first_opened_at = created_at")
        client.as_(world.visitor()).get(f"{SHARED}/{share['id']}")
        assert world.rows("SELECT last_seen_at = created_at FROM invoice_share") == [(True,)]
        client.as_(son).get(f"{SHARED}/{share['id']}")
        assert world.rows("SELECT last_seen_at > created_at, first_opened_at = created_at FROM invoice_share") == [
            (True, True)
        ]


class TestEnding:
    def refused(self, client, world, son, share, code):
        """Neither link nor page shows it to him any more, and both say why."""
        for answer in (client.as_(son).get(f"{SHARED}/{share['id']}"), world.open(client, son)):
            assert (answer.status_code, answer.json["code"]) == (410, code)
        assert client.as_(son).get(SHARED).json["items"] == []

    @pytest.fixture
    def son(self, client, world, share):
        son = world.visitor()
        assert world.open(client, son).status_code == 201
        return son

    def test_FC22_the_sharer_ends_it_at_any_time(self, client, world, me, share, son, invoice_id):
        assert client.as_(me).delete(f"/v1/invoice-shares/{share['id']}").status_code == 204
        self.refused(client, world, son, share, "invoice-share-ended")
        [row] = world.shares(client, me, invoice_id)
        assert (row["status"], row["may_end"]) == ("ended", False)
        assert row["opened_by"] is not None, "who has seen it is still said"
        again = client.as_(me).delete(f"/v1/invoice-shares/{share['id']}")
        assert (again.status_code, again.json["code"]) == (409, "invoice-share-over")

    def test_FC22_a_link_that_nobody_has_opened_can_be_ended_and_says_so(self, client, world, me, share):
        client.as_(me).delete(f"/v1/invoice-shares/{share['id']}")
        assert world.open(client, world.visitor()).json["code"] == "invoice-share-ended"

    def test_FC22_D7_it_ends_to_the_second_by_the_databases_clock(self, client, world, share, son, database):
        with database.transaction() as tx:
            tx.session.execute(
                text("UPDATE invoice_share SET created_at = now() - interval '1 day', expires_at = now()")
            )
            row = usecases.opening.store.share_by_link(tx, token_hash(world.token()))
            assert row.status_at(tx.now) == "expired"
            assert row.status_at(tx.now - timedelta(microseconds=1)) == "opened"
        self.refused(client, world, son, share, "invoice-share-expired")

    def test_FC22_an_unused_link_runs_out_too_and_says_so(self, client, world, me, share, invoice_id):
        world.run("UPDATE invoice_share SET created_at = now() - interval '1 day', expires_at = now()")
        assert world.open(client, world.visitor()).json["code"] == "invoice-share-expired"
        assert world.shares(client, me, invoice_id)[0]["status"] == "expired"
        assert client.as_(me).delete(f"/v1/invoice-shares/{share['id']}").status_code == 409

    def test_D6_it_ends_when_who_shared_it_loses_the_access(self, client, world, me, invoice_id, database):
        delegate, son = world.member(world.delegate(me)), world.visitor()
        made = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).json
        world.open(client, son)
        world.remove(delegate)
        self.refused(client, world, son, made, "invoice-share-ended")
        (act,) = world.acts("void_invoice_share")
        assert (act.actor, act.account_id, str(act.subject_id)) == (Actor.SYSTEM, me.account_id, invoice_id)
        assert world.shares(client, me, invoice_id)[0]["status"] == "ended"

    def test_D6_others_shares_go_on(self, client, world, me, share, son):
        world.remove(world.member(world.delegate(me)))
        assert client.as_(son).get(f"{SHARED}/{share['id']}").status_code == 200

    @pytest.mark.parametrize("change", [
        {"read_only": True}, {"services": {"waste"}}, {"days_left": -1},
    ], ids=str)  # fmt: skip
    def test_D6_D22_it_shows_nothing_while_the_sharer_could_not_share_it_again(
        self, client, world, me, share, son, change
    ):
        world.member(me, version=7, **change)
        self.refused(client, world, son, share, "invoice-share-ended")

    def test_D22_the_last_day_of_the_sharers_access_is_included(self, client, world, me, share, son):
        world.member(me, version=7, days_left=0, services={"water", "waste"})
        assert client.as_(son).get(f"{SHARED}/{share['id']}").status_code == 200

    def test_FB12_a_suspended_account_shows_nothing_until_it_is_resumed(self, client, world, me, share, son):
        world.suspend(me, version=3)
        self.refused(client, world, son, share, "invoice-share-ended")
        world.resume(me, version=2)  # older
        self.refused(client, world, son, share, "invoice-share-ended")
        world.resume(me, version=4)
        assert client.as_(son).get(f"{SHARED}/{share['id']}").status_code == 200

    def test_FK16_an_invoice_that_is_another_accounts_now_is_shown_no_more(self, client, world, me, share, son):
        world.deliver(world.unlinked(me.account_id), version=5)
        self.refused(client, world, son, share, "invoice-share-ended")
        world.deliver(world.linked(new_id()), version=6)
        self.refused(client, world, son, share, "invoice-share-ended")

    def test_T50_C1_a_delegate_sees_and_ends_his_own_and_the_owner_all_and_a_stranger_none(
        self, client, world, me, share, invoice_id
    ):
        delegate, other = (world.member(world.delegate(me)) for _ in range(2))
        own = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": ACCOUNTANT}).json
        assert [row["id"] for row in world.shares(client, delegate, invoice_id)] == [own["id"]]
        assert [row["id"] for row in world.shares(client, me, invoice_id)] == [own["id"], share["id"]]
        assert [row["shared_by_me"] for row in world.shares(client, me, invoice_id)] == [False, True]
        assert world.shares(client, other, invoice_id) == []
        stranger = world.member(world.customer("K2"))
        for who in (other, stranger, world.delegate(stranger)):
            for which in (own["id"], new_id()):
                answer = client.as_(who).delete(f"/v1/invoice-shares/{which}")
                assert (answer.status_code, answer.json["code"]) == (404, "invoice-share-not-found")
        assert client.as_(delegate).delete(f"/v1/invoice-shares/{share['id']}").status_code == 404
        assert client.as_(me).delete(f"/v1/invoice-shares/{own['id']}").status_code == 204

    def test_C1_the_recipients_page_ends_and_lists_nothing(self, client, world, share, son, invoice_id):
        for method, path in (
            ("DELETE", f"/v1/invoice-shares/{share['id']}"),
            ("GET", f"/v1/invoices/{invoice_id}/shares"),
            ("GET", f"/v1/invoices/{invoice_id}"),
        ):
            assert client.as_(son).request(method, path).status_code == 403

    def test_D6_C7_a_removal_and_an_opening_at_once_end_in_nothing_seen(self, world, me, client, invoice_id):
        delegate, son = world.member(world.delegate(me)), world.visitor()
        made = client.as_(delegate).post(f"/v1/invoices/{invoice_id}/shares", {"email": SON}).json
        token, removed = world.token(), threading.Thread(target=world.remove, args=(delegate,))
        removed.start()
        world.at_once(1, lambda tx: usecases.open_link(tx, usecases.OpenLink(token=token), world.keys), son)
        removed.join()
        assert client.as_(son).get(f"{SHARED}/{made['id']}").status_code in {404, 410}


class TestForgetting:
    def test_FC22_the_mailbox_hash_is_gone_after_a_day_and_the_share_90_days_after_its_end(
        self, world, share, database
    ):
        def forget():
            with database.transaction() as tx:
                return usecases.forget_shares(tx)

        assert forget() == 0
        world.age("1 day")
        assert forget() == 0
        assert world.rows("SELECT address_hash FROM invoice_share") == [(None,)]
        world.age("102 days 23 hours")
        assert forget() == 0
        world.age("1 hour")
        assert forget() == 1
        assert world.rows("SELECT count(*) FROM invoice_share") == [(0,)]

    def test_FC22_one_that_was_ended_is_forgotten_90_days_after_that(self, client, world, me, share, database):
        client.as_(me).delete(f"/v1/invoice-shares/{share['id']}")
        world.age("90 days")
        with database.transaction() as tx:
            assert usecases.forget_shares(tx) == 1

    def test_FC22_a_link_of_what_is_forgotten_is_as_unknown_as_any(self, client, world, share):
        token = world.token()
        world.run("DELETE FROM invoice_share")
        assert world.open(client, world.visitor(), token).json["code"] == "invoice-share-not-found"
