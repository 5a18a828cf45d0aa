"""Stored signatures are verified again, and every change of proof or tables is found (reliability 4.2 (9))."""

import base64
import hashlib
import io
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis import cli
from chassis.ids import new_id
from chassis.testing import gateway
from identity.api.bankid import BankId
from identity.app import create_app
from identity.usecases.logins import evidence_place
from identity.usecases.signing import text_place
from sim_bankid.signature import Signer
from sim_bankid.testing import running

KARIN, ERIK = "199908072391", "199006022397"
TEXT = "Jag skriver under **avtalet**."


@pytest.fixture(scope="session")
def roots(tmp_path_factory):
    """Where the simulated BankID of these tests keeps its root."""
    return tmp_path_factory.mktemp("roots") / "root.pem"


@pytest.fixture(scope="session")
def simulator(roots):
    with running({"SIM_BANKID_SIGNATURE_CA": str(roots)}) as started:
        yield started


@pytest.fixture
def settings(settings, roots, simulator):
    return replace(settings, bankid_url=simulator.api, bankid_signature_ca_file=str(roots.with_suffix(".crt.pem")))


@pytest.fixture
def app(settings, database):
    client = BankId(settings)
    made = create_app(settings, bankid=client)
    made.extensions["chassis"].make_database = lambda _settings: database
    yield made
    client.close()


@pytest.fixture
def signed(browser, log_in, control, later):
    """A sign order that Karin has signed; its id."""

    def run():
        person_id = log_in(browser).json["session"]["person"]["id"]
        order = {
            "sign_order_id": str(new_id()),
            "subject_id": str(new_id()),
            "person_id": person_id,
            "purpose": "case-submission",
            "text": TEXT,
            "document_sha256": hashlib.sha256(b"x").hexdigest(),
        }
        browser.send("POST", "/internal/sign-orders", order, who=gateway("cases"))
        path = f"/sign-orders/{order['sign_order_id']}"
        started = browser.as_person("POST", f"{path}/starts", {"device": "other"}).json
        control.approve(control.scan(started["attempt"]["qr"], KARIN))
        later(2)
        assert browser.as_person("POST", f"{path}/polls").json["order"]["status"] == "completed"
        return order["sign_order_id"]

    return run


@pytest.fixture
def verify(settings, monkeypatch, capsys):
    """``verify()``: the operator's command; exit status and answer."""

    def run(*orders, **changes):
        monkeypatch.setattr(cli, "settings_for", lambda _service: replace(settings, **changes))
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        capsys.readouterr()
        chosen = [argument for order in orders for argument in ("--sign-order", order)]
        status = cli.main(["identity", "admin", "verify-signatures", *chosen])
        return status, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def change(database):
    """``change("UPDATE ...")``: somebody with the database's password."""

    def run(sql, **values):
        with database.engine.begin() as connection:
            assert connection.execute(text(sql), values).rowcount == 1

    return run


def reseal(change, keys, rows, edit):
    """Change the proof itself, as somebody who has the key as well."""
    (kept,) = rows("SELECT id, sealed FROM evidence WHERE sign_order_id IS NOT NULL")
    place = evidence_place(kept["id"])
    data = json.loads(keys.vault.open_bytes(bytes(kept["sealed"]), place=place))
    edit(data)
    sealed = keys.vault.seal(json.dumps(data).encode(), place=place)
    change("UPDATE evidence SET sealed = :sealed WHERE id = :id", sealed=sealed, id=kept["id"])


def test_stored_signatures_hold_long_after(signed, verify):
    orders = [signed(), signed()]
    assert verify() == (0, {"checked": 2, "anchored": True, "broken": []})
    assert verify(orders[0]) == (0, {"checked": 1, "anchored": True, "broken": []})


def test_without_a_root_it_says_that_the_chain_is_not_anchored(signed, verify):
    signed()
    assert verify(bankid_signature_ca_file="") == (0, {"checked": 1, "anchored": False, "broken": []})


def test_a_proof_under_a_root_that_is_not_bankids_does_not_hold(signed, verify, tmp_path):
    order = signed()
    foreign = tmp_path / "foreign.pem"
    Signer("x", 1_790_000_000, kept=foreign)
    status, said = verify(bankid_signature_ca_file=str(foreign.with_suffix(".crt.pem")))
    assert (status, said["broken"]) == (1, [{"sign_order_id": order, "part": "chain"}])


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("UPDATE sign_order SET document_sha256 = sha256('another')", "usrNonVisibleData"),
        ("UPDATE sign_order SET text_sealed = 'x'", "sealed"),
        ("UPDATE evidence SET login_id = gen_random_uuid() WHERE sign_order_id IS NOT NULL", "usrNonVisibleData"),
        ("UPDATE evidence SET sealed = 'x' WHERE sign_order_id IS NOT NULL", "sealed"),
        ("UPDATE evidence SET id = gen_random_uuid() WHERE sign_order_id IS NOT NULL", "sealed"),
        (
            "UPDATE evidence SET created_at = now() - interval '3 days' WHERE sign_order_id IS NOT NULL",
            "signature",
        ),
        ("DELETE FROM evidence WHERE sign_order_id IS NOT NULL", "missing"),
    ],
    ids=["hash", "text", "attempt", "proof", "moved", "time", "deleted"],
)
def test_any_change_in_the_tables_is_found(signed, verify, change, sql, part):
    order = signed()
    change(sql)
    status, said = verify()
    assert status == 1
    assert [each["sign_order_id"] for each in said["broken"]] == [order]
    assert said["broken"][0]["part"] in {part, "ocsp"}


def test_another_text_under_the_same_signature_is_found(signed, verify, change, keys):
    order = signed()
    sealed = keys.vault.seal("Jag ger bort huset.", place=text_place(order))
    change("UPDATE sign_order SET text_sealed = :sealed", sealed=sealed)
    assert verify()[1]["broken"] == [{"sign_order_id": order, "part": "usrVisibleData"}]


def test_another_person_under_the_same_signature_is_found(signed, verify, change, new_browser, log_in, rows):
    order = signed()
    erik = log_in(new_browser(), ERIK).json["session"]["person"]["id"]
    change("UPDATE sign_order SET person_id = :erik", erik=erik)
    assert verify()[1]["broken"] == [{"sign_order_id": order, "part": "holder"}]


@pytest.mark.parametrize(
    ("edit", "part"),
    [
        (lambda data: data.pop("signature"), "form"),
        (lambda data: data.pop("ocspResponse"), "form"),
        (lambda data: data.update(ocspResponse="AAAA"), "ocsp"),
        (lambda data: data["user"].update(personalNumber=ERIK), "holder"),
        (
            lambda data: data.update(
                signature=base64.b64encode(
                    base64.b64decode(data["signature"]).replace(b"<fsib>0<", b"<fsib>1<")
                ).decode()
            ),
            "signature",
        ),
    ],
    ids=["no-signature", "no-ocsp", "ocsp", "person", "xml"],
)
def test_any_change_of_the_proof_is_found_even_where_the_key_is_known(signed, verify, change, keys, rows, edit, part):
    order = signed()
    reseal(change, keys, rows, edit)
    assert verify() == (1, {"checked": 1, "anchored": True, "broken": [{"sign_order_id": order, "part": part}]})


def test_one_that_was_never_signed_does_not_hold(verify):
    order = str(new_id())
    assert verify(order)[1]["broken"] == [{"sign_order_id": order, "part": "order"}]
