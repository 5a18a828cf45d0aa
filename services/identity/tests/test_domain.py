import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import ids
from chassis.errors import catalogue
from chassis.ids import new_id
from chassis.vault import CannotOpen, Vault
from identity.domain import errors, logins, messages, personal_numbers
from identity.domain.errors import PersonalNumberInvalid
from identity.domain.messages import Flow, Platform
from identity.domain.persons import clean_email, clean_phone
from identity.domain.sessions import csrf_token

KARIN = "199908072391"
# Domain facts 1.4 and 1.9.
RETURN_PAGE = "https://minasidor.example.se/logga-in/retur"
QR_TOKEN = "67df3917-fa0d-44e5-b327-edcc928297f8"
QR_SECRET = "d28db9a7-4cde-429e-a983-359be676944c"


# ---- personal numbers (B4, domain facts 4.2)
@pytest.mark.parametrize(
    ("given_form", "expected"),
    [
        ("199908072391", KARIN),
        ("19990807-2391", KARIN),
        ("990807-2391", KARIN),
        (" 199908072391 ", KARIN),
        ("121212+1212", "191212121212"),
        ("19121212+1212", "191212121212"),
        ("701063-2391", "197010632391"),
    ],
)
def test_B4_every_written_form_becomes_the_same_twelve_digits(given_form, expected):
    assert personal_numbers.normalise(given_form) == expected


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "199908072390",  # check digit
        "19990230" + "0000",  # 30 February
        "209908072394",  # in the future
        "179908072391",  # century
        "9908072391",  # ten digits without sign: the century would be a guess
        KARIN.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),  # full-width digits
        "1999080723 91",
        "1999-08-07-2391",
        "199908072391x",
        "19990807239",
        "1999080723911",
        "199908072391; DROP TABLE person",
        "000000000000",
        "165560000000",  # an organisation number
    ],
)
def test_B4_what_is_no_personal_number_is_refused_and_never_echoed(bad):
    with pytest.raises(PersonalNumberInvalid) as refused:
        personal_numbers.normalise(bad)
    assert refused.value.__cause__ is None
    if bad:
        assert bad not in "".join(refused.value.text("sv") + refused.value.text("en"))


def test_B4_a_birth_date_of_today_is_taken_and_one_of_tomorrow_is_not():
    day = datetime(2026, 11, 22, 12, tzinfo=UTC)
    number = _with_check("20261122000")
    with ids.use(clock=lambda: day):
        assert personal_numbers.normalise(number) == number
    with ids.use(clock=lambda: day - timedelta(days=1)), pytest.raises(PersonalNumberInvalid):
        personal_numbers.normalise(number)


def _with_check(eleven):
    total = 0
    for place, digit in enumerate(eleven[2:]):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return eleven + str(-total % 10) if eleven[8:] != "000" else _with_check(eleven[:8] + "001")


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2020, 12, 31)),
    st.integers(1, 999),
    st.booleans(),
)
def test_B4_any_right_number_survives_and_any_one_wrong_digit_does_not(born, serial, coordination):
    day = born.day + (60 if coordination else 0)
    number = _with_check(f"{born:%Y%m}{day:02}{serial:03}")
    assert personal_numbers.normalise(number) == number
    assert personal_numbers.birth_year(number) == born.year
    wrong = number[:11] + str((int(number[11]) + 1) % 10)
    with pytest.raises(PersonalNumberInvalid):
        personal_numbers.normalise(wrong)


@given(st.text(max_size=20))
def test_B4_any_text_gives_twelve_digits_or_a_refusal(text):
    try:
        number = personal_numbers.normalise(text)
    except PersonalNumberInvalid:
        return
    assert len(number) == 12
    assert number.isascii()
    assert number.isdigit()


def test_D23_a_masked_number_shows_the_birth_date_only():
    assert personal_numbers.masked(KARIN) == "19990807-****"


def test_B4_the_published_test_numbers_are_known_and_well_formed():
    for number in personal_numbers.TEST_NUMBERS:
        assert personal_numbers.normalise(number) == number
        assert personal_numbers.is_test_number(number)
    assert not personal_numbers.is_test_number("198112289874")


# ---- the animated QR code
@pytest.mark.parametrize(
    ("second", "code"),
    [
        (0, "dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8"),
        (1, "949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2"),
        (2, "a9e5ec59cb4eee4ef4117150abc58fad7a85439a6a96ccbecc3668b41795b3f3"),
    ],
)
def test_T12_the_qr_code_is_bankids_own_example_to_the_letter(second, code):
    assert logins.qr_frame(QR_TOKEN, QR_SECRET, second) == f"bankid.{QR_TOKEN}.{second}.{code}"


def _login(**changes):
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    values = {
        "id": new_id(),
        "device": "other",
        "platform": "computer",
        "status": "pending",
        "locale": "sv",
        "return_path": None,
        "order_ref": "ref",
        "auto_start_token": "auto",
        "qr_start_token": QR_TOKEN,
        "qr_start_secret": QR_SECRET,
        "visible_data": "",
        "order_started_at": now,
        "hint_code": "outstandingTransaction",
        "error_code": None,
        "troubles": 0,
        "collecting_since": None,
        "start_address": "192.0.2.1",
        "device_hash": None,
        "returned_at": None,
        "completed_at": None,
        "person_id": None,
        "created_at": now,
    }
    return logins.Login(**(values | changes))


def test_T12_a_qr_code_is_shown_only_while_nobody_has_scanned_it():
    login = _login()
    assert login.qr(login.created_at + timedelta(seconds=7.9)).split(".")[2] == "7"
    assert _login(hint_code="userSign").qr(login.created_at) is None
    assert _login(status="failed").qr(login.created_at) is None
    assert _login(device="same").qr(login.created_at) is None


def test_a_login_fails_by_itself_after_ten_minutes_and_three_minutes_after_bankids_result():
    login = _login()
    assert login.as_of(login.created_at + timedelta(seconds=599)).status == "pending"
    assert login.as_of(login.created_at + timedelta(seconds=600)).status == "failed"
    waiting = _login(status="awaiting-return", completed_at=login.created_at)
    assert waiting.as_of(login.created_at + timedelta(seconds=179)).status == "awaiting-return"
    assert waiting.as_of(login.created_at + timedelta(seconds=180)).message("sv").code == "RFA8"


def test_T13_the_app_is_started_by_bankids_addresses():
    assert logins.launch_url("a b", "mobile") == "https://app.bankid.com/?autostarttoken=a+b&redirect=null"
    assert logins.launch_url("t", "computer") == "bankid:///?autostarttoken=t&redirect=null"
    assert logins.launch_url("t", "mobile", "http://localhost:8081/").startswith(
        "http://localhost:8081/?autostarttoken=t"
    )


def test_T13_the_return_address_fits_bankids_512_characters_and_keeps_the_nonce_out_of_servers():
    url = logins.return_url(RETURN_PAGE, "fragment", login=str(new_id()), nonce=ids.new_secret())
    assert len(url) <= 512
    assert "nonce=" in url.split("#")[1]
    assert "nonce" not in url.split("#")[0]


def test_T13_a_page_without_script_gets_the_nonce_where_its_server_can_read_it():
    said = {"login": str(new_id()), "nonce": ids.new_secret()}
    url = urlsplit(logins.return_url(RETURN_PAGE, "query", **said))
    assert dict(parse_qsl(url.query)) == said
    assert url.fragment == ""


@pytest.mark.parametrize("path", ["/", "/fakturor", "/fakturor?status=unpaid#rad"])
def test_a_return_path_of_our_own_is_taken(path):
    assert logins.safe_return_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "fakturor",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a b",
        "/a\n",
        "/å",
    ],
)
def test_a_return_path_that_leaves_the_site_is_refused(path):
    assert not logins.safe_return_path(path)


@pytest.mark.parametrize(
    ("agent", "platform"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0", "computer"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X)", "mobile"),
        ("", "computer"),
    ],
)
def test_S18_computer_and_mobile_are_told_apart(agent, platform):
    assert logins.platform_of(agent) == platform


# ---- messages (domain facts 1.5 to 1.7)
@pytest.mark.parametrize(
    ("status", "hint", "flow", "platform", "code"),
    [
        ("pending", "outstandingTransaction", "autostart", "mobile", "RFA13"),
        ("pending", "outstandingTransaction", "qr", "computer", "RFA1"),
        ("pending", "noClient", "autostart", "computer", "RFA1"),
        ("pending", "started", "autostart", "computer", "RFA15A"),
        ("pending", "started", "autostart", "mobile", "RFA15B"),
        ("pending", "userMrtd", "qr", "computer", "RFA23"),
        ("pending", "userCallConfirm", "qr", "computer", "RFA21"),
        ("pending", "userSign", "qr", "mobile", "RFA9"),
        ("pending", "processing", "qr", "mobile", "RFA21"),
        ("pending", "userStepUp", "qr", "mobile", "RFA25"),
        ("pending", "userFace", "qr", "mobile", "RFA24"),
        ("pending", "inventedTomorrow", "qr", "mobile", "RFA21"),
        ("failed", "expiredTransaction", "qr", "mobile", "RFA8"),
        ("failed", "certificateErr", "qr", "mobile", "RFA16"),
        ("failed", "userCancel", "qr", "mobile", "RFA6"),
        ("failed", "cancelled", "qr", "mobile", "RFA3"),
        ("failed", "startFailed", "qr", "computer", "RFA17B"),
        ("failed", "startFailed", "autostart", "computer", "RFA17A"),
        ("failed", "userDeclinedCall", "qr", "mobile", "MS3"),
        ("failed", "notSupportedByUserApp", "qr", "mobile", "MS2"),
        ("failed", "transactionRiskBlocked", "qr", "mobile", "RFA22"),
        ("failed", "mrtdVerificationFailed", "qr", "mobile", "RFA26"),
        ("failed", "facialRecognitionFailed", "qr", "mobile", "RFA27"),
        ("failed", "nfcNotSupportedByDevice", "qr", "mobile", "RFA28"),
        ("failed", "multipleBankIdsOnDevice", "qr", "mobile", "RFA29"),
        ("failed", "stepUpFailed", "qr", "mobile", "RFA30"),
        ("failed", "inventedTomorrow", "autostart", "computer", "RFA22"),
    ],
)
def test_each_hint_code_has_its_message(status, hint, flow, platform, code):
    assert messages.select(status, hint, flow, platform) == code


@given(
    st.sampled_from(["pending", "failed", "awaiting-return", "complete"]),
    st.text(max_size=30) | st.none(),
    st.sampled_from(list(Flow)),
    st.sampled_from(list(Platform)),
)
def test_any_code_known_or_not_gives_a_text_in_both_languages(status, hint, flow, platform):
    code = messages.select(status, hint, flow, platform)
    assert messages.message(code, "sv").text
    assert messages.message(code, "en").text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("alreadyInProgress", "RFA4"),
        ("cancelled", "RFA3"),
        ("requestTimeout", "RFA5"),
        ("internalError", "RFA5"),
        ("Maintenance", "RFA5"),
        ("maintenance", "RFA5"),
        ("invalidParameters", "MS1"),
        ("unauthorized", "MS1"),
        ("inventedTomorrow", "RFA22"),
    ],
)
def test_each_error_code_has_its_message_whatever_its_case(error, code):
    assert messages.select_error(error) == code


def test_every_message_that_the_tables_name_exists_and_none_is_without_english():
    assert {*messages.TABLE.values(), *messages.ERRORS.values()} <= set(messages.TEXTS)
    assert all(sv and en and sv != en for sv, en in messages.TEXTS.values())


def test_some_texts_to_the_letter():
    assert messages.message("RFA1", "sv").text == "Starta BankID-appen."
    assert messages.message("RFA17B", "sv").text == (
        "Misslyckades att läsa av QR-koden. Starta BankID-appen och läs av QR-koden."
    )
    assert messages.message("RFA8", "en").text == (
        "The BankID app is not responding. Please check that it\u2019s started and that you have internet access. "
        "Try again."
    )
    assert messages.message("RFA15A", "sv").text == (
        "Söker efter BankID. Säkerställ att du har ett giltigt BankID på den här datorn. "
        "Om du har ett BankID på kort, sätt in kortet i kortläsaren."
    )


# ---- the small things
def test_the_csrf_token_is_what_the_gateway_computes_too():
    token = ids.new_secret()
    expected = base64.urlsafe_b64encode(hmac.new(token.encode(), b"csrf", hashlib.sha256).digest()).decode().rstrip("=")
    assert csrf_token(token) == expected


@pytest.mark.parametrize(
    ("given_form", "cleaned"),
    [
        ("Karin.Test+el@Exempel.SE", "Karin.Test+el@exempel.se"),
        ("a@b\r\nBcc:x@y.se", None),
        ('"a b"@exempel.se', None),
        ("Karin <k@exempel.se>", None),
        ("a..b@exempel.se", None),
        ("a" * 250 + "@exempel.se", None),
        ("a@exempel", None),
    ],
)
def test_B6_an_address_becomes_exactly_one_recipient_or_nothing(given_form, cleaned):
    assert clean_email(given_form) == cleaned


@pytest.mark.parametrize(
    ("given_form", "cleaned"),
    [
        ("070-174 06 05", "+46701740605"),
        ("0046701740605", "+46701740605"),
        ("+46 70 174 06 05", "+46701740605"),
        ("08-123 45 67", None),  # no SMS to a landline
        ("0900-123 45 67", None),  # premium
        ("0701740605 ext 9", None),
        ("0", None),
        ("call me", None),
    ],
)
def test_B6_only_a_number_that_takes_sms_is_taken(given_form, cleaned):
    assert clean_phone(given_form) == cleaned


def test_a_sealed_value_opens_in_its_own_place_only_and_with_an_older_key():
    old, new = b"1" * 32, b"2" * 32
    before = Vault([old], b"p" * 32)
    sealed = before.seal(KARIN, place="person.personal_number:1")
    assert KARIN.encode() not in sealed
    after = Vault([new, old], b"p" * 32)
    assert after.open(sealed, place="person.personal_number:1") == KARIN
    assert after.seal(KARIN, place="x")[:4] != sealed[:4]
    for vault, value, place in (
        (after, sealed, "person.personal_number:2"),
        (after, sealed[:-1] + bytes([sealed[-1] ^ 1]), "person.personal_number:1"),
        (Vault([new], b"p" * 32), sealed, "person.personal_number:1"),
        (after, b"", "person.personal_number:1"),
    ):
        with pytest.raises(CannotOpen):
            vault.open(value, place=place)


def test_the_blind_index_needs_the_pepper():
    assert Vault([b"1" * 32], b"p" * 32).index("personal-number", KARIN) == Vault([b"2" * 32], b"p" * 32).index(
        "personal-number", KARIN
    )
    assert Vault([b"1" * 32], b"p" * 32).index("personal-number", KARIN) != Vault([b"1" * 32], b"q" * 32).index(
        "personal-number", KARIN
    )


def test_every_error_speaks_swedish_and_english():
    own = [cls for cls in catalogue() if cls.__module__ == errors.__name__]
    assert len({cls.code for cls in own}) == len(own) >= 9
    for cls in own:
        assert all(cls.sv)
        assert all(cls.en)
        assert cls.sv != cls.en
