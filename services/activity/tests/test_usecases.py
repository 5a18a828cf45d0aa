"""Anchoring, verifying and letting go, against a real ledger and a superuser who tampers with it (C37)."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from activity import app as composition
from activity.domain import Anchor, AnchorsUnreadable, genesis, link
from activity.usecases import keeping, recording, verifying
from chassis import cli
from chassis.ids import new_id
from chassis.testing import told
from contracts.activity import ChainAnchoredV1


@pytest.fixture
def account(act):
    """An account with five acts, all of them anchored; and another one, so that there is something to confuse."""
    account_id = new_id()
    for _ in range(5):
        act(account_id=account_id, person_id=new_id())
    act(account_id=new_id())
    return account_id


def anchored(database):
    """Anchor what has moved; all anchors so far, as org-registry keeps and exports them."""
    with database.transaction() as tx:
        keeping.anchor(tx)
    heads = [head for event in told(database, ChainAnchoredV1) for head in event.heads]
    now = datetime.now(UTC)
    kept = [Anchor(chain_id=h.chain_id, seq=h.seq, hash=bytes.fromhex(h.hash), received_at=now) for h in heads]
    return sorted(kept, key=lambda anchor: (anchor.chain_id, anchor.seq))


def verify(database, anchors=None):
    with database.transaction() as tx:
        return verifying.verify(tx, anchors)


def whats(report):
    return {finding.what for finding in report.findings}


def test_C37_an_untouched_log_verifies_and_the_report_counts_what_was_looked_at(database, account):
    report = verify(database, anchored(database))
    assert (report.chains, report.entries, report.anchors, report.differences) == (2, 6, 2, 0)


def test_C37_the_chain_is_what_it_says(database, account):
    with database.read() as tx:
        rows = tx.session.execute(
            text("SELECT body, hash FROM ledger.entry WHERE chain_id = :id ORDER BY seq"), {"id": account}
        ).all()
    running = genesis(account)
    for row in rows:
        running = link(running, bytes(row.body))
        assert bytes(row.hash) == running
    body = json.loads(bytes(rows[0].body))
    assert list(body) == sorted(body)
    assert body["service"] == "metering"


def test_each_head_is_anchored_once_and_again_only_when_it_has_moved(database, account, act):
    assert len(anchored(database)) == 2
    assert len(anchored(database)) == 2
    act(account_id=account)
    assert sorted(anchor.seq for anchor in anchored(database)) == [1, 5, 6]


ATTACKS = {
    "update": "UPDATE ledger.entry SET body = replace(convert_from(body, 'UTF8'), 'Skickade in', 'Godkände')::bytea"
    " WHERE chain_id = %(id)s AND seq = 3",
    "update-column": "UPDATE ledger.entry SET at = at - interval '1 day' WHERE chain_id = %(id)s AND seq = 3",
    "delete": "DELETE FROM ledger.entry WHERE chain_id = %(id)s AND seq = 3",
    "delete-first": "DELETE FROM ledger.entry WHERE chain_id = %(id)s AND seq = 1",
    "reorder": "UPDATE ledger.entry SET seq = CASE seq WHEN 2 THEN 103 WHEN 3 THEN 2 ELSE seq END"
    " WHERE chain_id = %(id)s; UPDATE ledger.entry SET seq = 3 WHERE chain_id = %(id)s AND seq = 103",
    "truncate-tail": "DELETE FROM ledger.entry WHERE chain_id = %(id)s AND seq > 3",
    "whole-chain": "DELETE FROM ledger.entry WHERE chain_id = %(id)s",
    "move-to-another": "UPDATE ledger.entry SET chain_id = gen_random_uuid() WHERE chain_id = %(id)s AND seq = 5",
    "head-only": "UPDATE ledger.chain SET seq = 4 WHERE chain_id = %(id)s",
    "forget-the-head": "DELETE FROM ledger.chain WHERE chain_id = %(id)s",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_C37_what_a_superuser_does_is_found_even_without_anchors(database, account, superuser, attack):
    for statement in ATTACKS[attack].split(";"):
        superuser.execute(statement, {"id": account})
    report = verify(database)
    assert report.differences >= 1
    assert all(finding.what for finding in report.findings)


def test_C37_a_tail_that_is_cut_with_its_head_is_found_by_the_anchors(database, account, superuser):
    anchors = anchored(database)
    superuser.execute("DELETE FROM ledger.entry WHERE chain_id = %s AND seq > 3", (account,))
    superuser.execute(
        "UPDATE ledger.chain SET seq = 3, hash = (SELECT hash FROM ledger.entry e WHERE e.chain_id = chain.chain_id"
        " AND e.seq = 3) WHERE chain_id = %s",
        (account,),
    )
    assert verify(database).differences == 0, "this is what the anchors are for"
    report = verify(database, anchors)
    assert [(finding.chain_id, finding.seq, finding.what) for finding in report.findings] == [
        (account, 5, "anchored-entry-missing")
    ]


def test_C37_a_whole_chain_written_anew_by_a_superuser_is_found_by_the_anchors(database, account, superuser):
    anchors = anchored(database)
    running = genesis(account)
    rows = superuser.execute(
        "SELECT seq, body FROM ledger.entry WHERE chain_id = %s ORDER BY seq", (account,)
    ).fetchall()
    for seq, body in rows:
        forged = body.replace(b"Submitted", b"Destroyed") if seq == 2 else body
        running = link(running, forged)
        superuser.execute(
            "UPDATE ledger.entry SET body = %s, hash = %s WHERE chain_id = %s AND seq = %s",
            (forged, running, account, seq),
        )
    superuser.execute("UPDATE ledger.chain SET hash = %s WHERE chain_id = %s", (running, account))
    assert verify(database).differences == 0, "nothing inside the database can tell"
    assert whats(verify(database, anchors)) == {"differs-from-its-anchor"}


def test_C37_a_chain_removed_with_everything_that_knew_of_it_is_found_by_the_anchors(database, account, superuser):
    anchors = anchored(database)
    superuser.execute("DELETE FROM ledger.entry WHERE chain_id = %s", (account,))
    superuser.execute("DELETE FROM ledger.chain WHERE chain_id = %s", (account,))
    assert verify(database).differences == 0
    assert "anchored-entry-missing" in whats(verify(database, anchors))


def test_the_command_says_what_it_found_and_its_status_says_whether(
    database, account, superuser, roles, tmp_path, monkeypatch, capsys
):
    file = tmp_path / "anchors.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {
                    "chain_id": str(anchor.chain_id),
                    "seq": anchor.seq,
                    "hash": anchor.hash.hex(),
                    "received_at": anchor.received_at.isoformat(),
                }
            )
            + "\n"
            for anchor in anchored(database)
        )
    )
    monkeypatch.setenv("ACTIVITY_DATABASE_URL", roles["runtime"])
    command = ["activity", "admin", "verify-chains", "--anchors", str(file)]
    assert cli.main(command) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == 0
    superuser.execute("DELETE FROM ledger.entry WHERE chain_id = %s AND seq = 4", (account,))
    assert cli.main(command) == 1
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert {"chain_id": str(account), "seq": 4, "what": "entry-missing-or-moved"} in report["findings"]


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"chain_id": 1}', '{"chain_id": "x", "seq": 1, "hash": "zz"}'])
def test_a_file_of_anchors_that_is_none_is_refused_by_its_line(line):
    with pytest.raises(AnchorsUnreadable) as caught:
        list(verifying.read_anchors(["", line]))
    assert "2" in caught.value.text("en")[1]


def test_anchors_out_of_order_are_refused(database, account):
    anchors = anchored(database)
    lines = [
        json.dumps(
            {"chain_id": str(a.chain_id), "seq": a.seq, "hash": a.hash.hex(), "received_at": "2026-11-22T10:00:00Z"}
        )
        for a in reversed(anchors)
    ]
    with pytest.raises(AnchorsUnreadable):
        list(verifying.read_anchors(lines))


class TestRetention:
    """Thirty-six months, month by month, behind checkpoints that another service knows."""

    @pytest.fixture
    def old(self, database, superuser):
        """A chain with two entries of long ago and two of now."""
        chain_id = new_id()
        month = date(2020, 2, 1)
        superuser.execute("SELECT ledger.make_month(%s)", (month,))
        with database.transaction() as tx:
            for _ in range(4):
                tx.session.execute(
                    text("SELECT ledger.append(:chain, :activity, now(), NULL, NULL, NULL, :body)"),
                    {"chain": chain_id, "activity": (activity := new_id()), "body": self.body(tx, activity)},
                )
        superuser.execute(
            "UPDATE ledger.entry SET recorded_at = '2020-02-10 10:00Z' WHERE chain_id = %s AND seq <= 2", (chain_id,)
        )
        yield chain_id
        superuser.execute("DROP TABLE IF EXISTS ledger.entry_202002")

    @staticmethod
    def body(tx, activity_id):
        told_of = {"activity_id": str(activity_id), "at": tx.now.isoformat(timespec="microseconds")}
        return json.dumps(told_of | dict.fromkeys(("person_id", "account_id", "about_person_id"))).encode()

    def kept(self, database, chain_id, since):
        heads = [head for event in told(database, ChainAnchoredV1) for head in event.heads]
        return [
            Anchor(chain_id=h.chain_id, seq=h.seq, hash=bytes.fromhex(h.hash), received_at=since)
            for h in sorted(heads, key=lambda h: (h.chain_id, h.seq))
            if h.chain_id == chain_id
        ]

    def test_C37_the_oldest_month_goes_only_behind_a_checkpoint_of_yesterday_and_the_rest_verifies(
        self, database, old, superuser
    ):
        with database.transaction() as tx:
            assert keeping.drop_oldest(tx) == -1, "no checkpoint yet"
            assert keeping.make_checkpoints(tx) == 1
            assert keeping.drop_oldest(tx) == -1, "its checkpoint has not been anchored elsewhere long enough"
        superuser.execute("UPDATE ledger.checkpoint SET made_at = made_at - interval '1 day'")
        with database.transaction() as tx:
            assert keeping.drop_oldest(tx) == 2
        anchors = self.kept(database, old, datetime(2020, 2, 10, 10, 1, tzinfo=UTC))
        assert [anchor.seq for anchor in anchors] == [2]
        report = verify(database, anchors)
        assert (report.entries, report.differences) == (2, 0)

    def test_C37_a_false_checkpoint_over_fresh_entries_is_found(self, database, account, superuser):
        anchors = anchored(database)
        superuser.execute(
            "INSERT INTO ledger.checkpoint SELECT chain_id, seq, hash, '2020-02-01' FROM ledger.entry"
            " WHERE chain_id = %s AND seq = 5",
            (account,),
        )
        superuser.execute("DELETE FROM ledger.entry WHERE chain_id = %s", (account,))
        assert whats(verify(database, anchors)) == {"checkpoint-too-young"}

    def test_a_month_that_is_not_old_enough_never_goes(self, database, account):
        with database.transaction() as tx:
            assert keeping.make_checkpoints(tx) == 0
            assert keeping.drop_oldest(tx) == -1
        month = datetime.now(UTC).date().replace(day=1)
        for function in ("make_checkpoints", "drop_month"):
            with pytest.raises(Exception, match=r"old enough|oldest month"), database.transaction() as tx:
                tx.session.execute(text(f"SELECT ledger.{function}(:month)"), {"month": month})

    def test_36_months_are_counted_from_the_end_of_the_month(self, database, superuser):
        now = datetime.now(UTC)
        youngest = (now.replace(day=1) - timedelta(days=1)).replace(day=1)  # last month, three years ago, may go
        month = youngest.replace(year=youngest.year - 3).date()
        too_young = now.replace(day=1, year=now.year - 3).date()
        for day in (month, too_young):
            superuser.execute("SELECT ledger.make_month(%s)", (day,))
        try:
            with database.transaction() as tx:
                assert tx.session.execute(text("SELECT ledger.old_months()")).scalars().all() == [month]
        finally:
            for day in (month, too_young):
                superuser.execute(f"DROP TABLE ledger.entry_{day:%Y%m}")


def test_an_act_is_taken_although_the_job_that_makes_its_month_is_late(database, act, superuser):
    month = f"ledger.entry_{datetime.now(UTC):%Y%m}"
    superuser.execute(f"DROP TABLE {month}")
    account_id = new_id()
    act(account_id=account_id)
    act(account_id=account_id)
    assert verify(database).entries == 2
    with database.transaction() as tx:
        assert recording.make_months(tx) == 0


def test_C37_the_jobs_do_what_their_names_say(database, account, settings, superuser):
    jobs = {job.name: job for job in composition.JOBS}
    context = type("Context", (), {"database": database, "settings": settings})()
    for name in ("anchor-chains", "make-activity-months", "drop-old-activities", "verify-chains"):
        jobs[name].run(context)
    assert len(told(database, ChainAnchoredV1)) == 1
    superuser.execute("DELETE FROM ledger.entry WHERE chain_id = %s AND seq = 2", (account,))
    with pytest.raises(composition.ChainsDiffer, match="differences in the activity log"):
        jobs["verify-chains"].run(context)
