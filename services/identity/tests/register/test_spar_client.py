"""The client of the population register against its stand-in: what it believes, and what it does with trouble (B17)."""

import ssl
from dataclasses import replace
from datetime import date

import pytest

from chassis.breaker import CircuitBreaker
from chassis.settings import SettingsError
from identity.api.spar import Spar, client, wire
from identity.domain.population_register import NoAnswer, Outcome, PostalAddress, RegisterSilent
from identity.settings import Settings
from sim_bankid.certificates import make_certificates
from sim_spar.testing import running

KARIN, ERIK, STRANGER = "199908072391", "199006022397", "197010632391"
HOME = PostalAddress(lines=("Provgränd 3 lgh 1102",), postal_code="58223", town="LINKÖPING")
TODAY = date(2026, 11, 22)
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BASE = "http://statenspersonadressregister.se/schema/"


@pytest.fixture
def ask(settings):
    """``ask(KARIN)``: one question by a client of its own."""

    def one(number=KARIN, **changes):
        made = Spar(replace(settings, **changes))
        try:
            return made.ask(number)
        finally:
            made.close()

    return one


def test_FJ3_name_and_address_are_those_of_the_person_asked_about(ask, spar):
    answer = ask()
    assert answer.outcome is Outcome.FOUND
    assert answer.name == "Karin Elisabet Test Persson"
    assert answer.address == HOME
    assert answer.deregistered is None
    [call] = spar.calls()
    assert (call["number"], call["user"]) == (KARIN, "minasidor")


def test_FJ3_a_person_whom_the_register_does_not_know(ask):
    assert ask(STRANGER).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("secrecy", "registration"), [(True, False), (False, True), (True, True)])
def test_FJ9_either_mark_protects(ask, spar, secrecy, registration):
    spar.protect(KARIN, secrecy=secrecy, registration=registration)
    answer = ask()
    assert (answer.outcome, answer.name, answer.address) == (Outcome.PROTECTED, None, None)


def test_FJ3_of_one_who_has_moved_the_address_of_today_counts(ask, spar):
    spar.move(KARIN, "Nya gatan 1", "11122", "STOCKHOLM")
    spar.set_history(history=True)
    assert ask().address == PostalAddress(lines=("Nya gatan 1",), postal_code="11122", town="STOCKHOLM")


def test_FJ3_of_the_dead_there_is_a_name_and_no_address(ask, spar):
    spar.die(KARIN)
    answer = ask()
    assert (answer.outcome, answer.address, answer.deregistered) == (Outcome.FOUND, None, "AV")


def test_FJ3_letters_go_to_the_special_address_before_the_registered_one(ask, spar):
    home = {"line2": "Provgränd 3", "postal_code": "58223", "town": "LINKÖPING"}
    box = {"kind": "SarskildPostadress", "care_of": "Ahl", "line2": "Box 7", "postal_code": "58101", "town": "MJÖLBY"}
    spar.change(KARIN, addresses=[home, box])
    assert ask().address == PostalAddress(lines=("c/o Ahl", "Box 7"), postal_code="58101", town="MJÖLBY")


def test_FJ3_a_foreign_address_keeps_its_rows_and_its_country(ask, spar):
    abroad = {"kind": "Utlandsadress", "line1": "1 Main St", "line2": "Springfield", "country": "USA"}
    spar.change(KARIN, addresses=[abroad], deregistered="UV")
    assert ask().address == PostalAddress(lines=("1 Main St", "Springfield"), country="USA")


# ---- trouble
SILENT = {
    "status": lambda faults: faults.status(503),
    "forbidden": lambda faults: faults.status(403),
    "empty-500": lambda faults: faults.status(500),
    "drop": lambda faults: faults.drop(),
    "truncated": lambda faults: faults.truncated(),
    "huge": lambda faults: faults.huge(),
    "redirect": lambda faults: faults.redirect("/"),
}
UNUSABLE = {
    "soap-fault": lambda faults: faults.soap_fault(body=f"Person {KARIN} Persson"),
    "garbage": lambda faults: faults.garbage(),
    "bomb": lambda faults: faults.bomb(),
    "html": lambda faults: faults.answer("<html/>"),
    "empty": lambda faults: faults.answer(""),
    "encoding": lambda faults: faults.answer('<?xml version="1.0" encoding="no-such"?><a/>'),
}


@pytest.mark.parametrize("kind", SILENT)
def test_A27_a_register_that_does_not_answer_is_silent(ask, spar, caplog, kind):
    SILENT[kind](spar.faults)
    with pytest.raises(RegisterSilent) as silent:
        ask()
    assert "population-register-silent" in caplog.text
    assert KARIN not in str(silent.value) + caplog.text


@pytest.mark.parametrize("kind", UNUSABLE)
def test_A27_what_is_no_answer_is_not_believed_and_not_quoted(ask, spar, caplog, kind):
    UNUSABLE[kind](spar.faults)
    with pytest.raises(NoAnswer) as refused:
        ask()
    assert not isinstance(refused.value, RegisterSilent)
    assert refused.value.__cause__ is None
    said = caplog.text + str(refused.value)
    assert "population-register-unusable" in said
    assert KARIN not in said
    assert "Persson" not in said


def test_A27_nobody_listening_and_a_time_out_are_silence(ask, spar, monkeypatch):
    with pytest.raises(RegisterSilent, match="ConnectError"):
        ask(spar_url="http://127.0.0.1:9/")
    monkeypatch.setattr(client, "READ_SECONDS", 0.05)
    spar.faults.slow(60)
    with pytest.raises(RegisterSilent, match="Timeout"):
        ask()
    spar.faults.clear()


def test_A27_an_answer_that_drips_has_an_end(ask, monkeypatch):
    monkeypatch.setattr(client, "WHOLE_CALL_SECONDS", -1.0)
    with pytest.raises(RegisterSilent, match="too-slow"):
        ask()


def test_FJ3_a_customer_whom_the_register_does_not_know_gets_an_exception(ask):
    with pytest.raises(NoAnswer, match="exception OGILTIG_INPARAMETER"):
        ask(spar_assignment_id="638")


def test_A27_after_three_failures_one_question_a_minute_is_asked(settings, spar):
    now = [0.0]
    breaker = CircuitBreaker(failures=3, within=120.0, rest=60.0, clock=lambda: now[0])
    register = Spar(settings, breaker=breaker)
    spar.faults.status(503, count=4)
    for _ in range(3):
        assert register.ready()
        with pytest.raises(RegisterSilent):
            register.ask(KARIN)
    assert not register.ready()
    now[0] += 60
    assert register.ready(), "the probe"
    assert not register.ready(), "and nobody beside it"
    with pytest.raises(RegisterSilent):
        register.ask(KARIN)
    now[0] += 60
    assert register.ready()
    assert register.ask(KARIN).name
    assert register.ready(), "it answers again"
    register.close()


# ---- to the letter
def envelope(inside):
    return (
        f'<S:Envelope xmlns:S="{SOAP}"><S:Body><a:SPARPersonsokningSvar xmlns:a="{BASE}personsok/2023.1/x"'
        f' xmlns="{BASE}komponent/anything-9.9">{inside}</a:SPARPersonsokningSvar></S:Body></S:Envelope>'
    ).encode()


def post(number=KARIN, marks="<Sekretessmarkering>NEJ</Sekretessmarkering>", more="", registered="NEJ"):
    return (
        f"<PersonsokningSvarspost><PersonId><IdNummer>{number}</IdNummer></PersonId>{marks}"
        f"<SkyddadFolkbokforing>{registered}</SkyddadFolkbokforing>{more}</PersonsokningSvarspost>"
    )


def read(inside):
    return wire.read(envelope(inside), KARIN, TODAY)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (post(ERIK), "another-person"),
        ("<PersonsokningFraga><IdNummer>199006022397</IdNummer></PersonsokningFraga>", "another-person"),
        ("<PersonsokningSvarspost/>", "another-person"),
        (post() + post(), "several-posts"),
        (post(marks=""), "marks"),
        (post(marks="<Sekretessmarkering>OKÄND</Sekretessmarkering>"), "marks"),
        (post(registered=""), "marks"),
        (post(more="<Namn><DatumTill>igår</DatumTill></Namn>"), "dates"),
        ("<OverstigerMaxAntalSvarsposter/>", "too-many"),
        ("<Undantag><Kod>Persson</Kod></Undantag>", "^exception$"),
        ("<Undantag><Kod>GENERELLT_FEL</Kod></Undantag>", "exception GENERELLT_FEL"),
    ],
    ids=lambda value: value if len(value) < 30 else "",
)
def test_FJ3_an_answer_that_could_be_about_somebody_else_or_hides_a_mark_is_none(inside, reason):
    with pytest.raises(NoAnswer, match=reason):
        read(inside)


def test_FJ9_a_mark_in_the_details_counts_as_long_as_it_holds():
    marked = "<Persondetaljer>{}<Sekretessmarkering>JA</Sekretessmarkering></Persondetaljer>"
    assert read(post(more=marked.format(""))).outcome is Outcome.PROTECTED
    past = "<DatumFrom>2001-01-01</DatumFrom><DatumTill>2020-01-01</DatumTill>"
    assert read(post(more=marked.format(past))).outcome is Outcome.FOUND


def test_FJ3_names_and_lines_are_one_clean_line_each():
    name = "<Namn><Fornamn>\n Anna\t Åsa\u202e </Fornamn><Efternamn>&lt;b&gt;Öberg</Efternamn></Namn>"
    place = "<Folkbokforingsadress><SvenskAdress><CareOf>C/O Ek</CareOf><Utdelningsadress2>Vägen 1</Utdelningsadress2>"
    rest = "<PostNr>1234</PostNr><Postort>ÅBY</Postort></SvenskAdress></Folkbokforingsadress>"
    answer = read(post(more=name + place + rest))
    assert answer.name == "Anna Åsa <b>Öberg"
    assert answer.address == PostalAddress(lines=("C/O Ek", "Vägen 1"), postal_code=None, town="ÅBY")


def test_FJ3_elements_of_others_are_not_read():
    alien = '<Namn xmlns="urn:other"><Fornamn>Eva</Fornamn></Namn>'
    assert read(post(more=alien)).name is None
    with pytest.raises(NoAnswer, match="not-an-answer"):
        wire.read(f'<S:Envelope xmlns:S="{SOAP}"><S:Body><x/></S:Body></S:Envelope>'.encode(), KARIN, TODAY)


def test_A27_a_fault_that_the_register_calls_its_own_is_silence():
    body = (
        f'<S:Envelope xmlns:S="{SOAP}"><S:Body><S:Fault><faultcode>S:Server</faultcode></S:Fault></S:Body></S:Envelope>'
    )
    with pytest.raises(RegisterSilent):
        wire.raise_fault(body.encode())
    with pytest.raises(NoAnswer):
        wire.raise_fault(body.replace("Server", "Client").encode())
    assert wire.raise_fault(b"<html/>") is None
    assert wire.raise_fault(b"") is None


def test_FJ3_over_tls_both_sides_show_certificates(settings, tmp_path):
    files = make_certificates(tmp_path)
    told = {f"SIM_SPAR_TLS_{name}": str(files[file]) for name, file in (("CERT", "server.pem"), ("KEY", "server.key"))}
    with running(told | {"SIM_SPAR_TLS_CLIENT_CA": str(files["ca.pem"])}) as simulator:
        known = replace(
            settings,
            spar_url=simulator.url,
            spar_customer_number="500243",
            spar_assignment_id="637",
            spar_ca_file=str(files["ca.pem"]),
            spar_cert_file=str(files["rp.pem"]),
            spar_key_file=str(files["rp.key"]),
        )
        register = Spar(known)
        assert register.ask(KARIN).address == HOME
        register.close()
        untrusting = Spar(replace(known, spar_ca_file=""))
        with pytest.raises(RegisterSilent):
            untrusting.ask(KARIN)
        untrusting.close()
        with pytest.raises((ssl.SSLError, FileNotFoundError)):
            Spar(replace(known, spar_key_file=str(files["server.key"])))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"environment": "production", "spar_url": "http://spar.example/"}, "spar_url"),
        ({"spar_url": "https://spar.example/"}, "spar_cert_file"),
        ({"spar_customer_number": ""}, "spar_customer_number"),
        ({"spar_assignment_id": "six"}, "spar_assignment_id"),
        ({"spar_user": ""}, "spar_user"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_FJ3_half_a_register_fails_at_the_start(settings, changes, named):
    production = {
        "bankid_url": "https://appapi2.bankid.com",
        "bankid_signature_ca_file": "x",
        "bankid_ca_file": "x",
        "bankid_cert_file": "x",
        "bankid_key_file": "x",
    }
    with pytest.raises(SettingsError, match=named):
        replace(settings, **((production if "environment" in changes else {}) | changes))


def test_FJ3_without_an_address_nothing_more_is_needed(settings):
    assert Settings.spar_url == ""
    assert replace(settings, spar_url="", spar_customer_number="", spar_assignment_id="", spar_user="")
