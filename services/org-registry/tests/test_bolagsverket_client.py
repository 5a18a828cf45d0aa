"""The client's own clockwork, without a network; and what stops a process that is set up wrongly."""

import dataclasses

import httpx2 as httpx
import pytest

from chassis.settings import SettingsError
from org_registry import app as composition
from org_registry.api.bolagsverket_client import Connection, RegisterClient
from org_registry.domain.errors import RegisterUnavailable


class Clock:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


CONNECTION = Connection(
    url="http://register.invalid/v4", token_url="http://register.invalid/token", client_id="me", client_secret="s3cret"
)


def make(handler, clock):
    client = RegisterClient(CONNECTION, clock=clock)
    client._http.close()
    client._http = httpx.Client(transport=httpx.MockTransport(handler))
    return client


class Drip(httpx.SyncByteStream):
    """An answer that never ends, each byte in good time."""

    def __init__(self, clock):
        self.clock = clock
        self.sent = 0

    def __iter__(self):
        while True:
            self.clock.now += 0.5
            self.sent += 1
            yield b" "


def test_A27_an_answer_that_drips_is_given_up_when_the_time_is_over():
    clock = Clock()
    drip = Drip(clock)
    client = make(lambda _request: httpx.Response(200, stream=drip), clock)
    with pytest.raises(RegisterUnavailable):
        client.ask("191212121212", "5520000018")
    assert drip.sent == 8
    client.close()


def test_B17_a_compressed_answer_is_not_unpacked():
    client = make(
        lambda _request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Drip(Clock())), Clock()
    )
    with pytest.raises(RegisterUnavailable):
        client.ask("191212121212", "5520000018")
    client.close()


YES = b"""{"firmateckningInformation": [{"funktionar": {"identitet": {"identitetsbeteckning": "191212121212"}},
 "firmateckningOrganisation": {"identitet": {"identitetsbeteckning": "5520000018"}},
 "firmateckningssvar": {"utfall": "JA", "firmateckningsutfallJaSvar": [{"alternativ": "ENSAM"}]}}]}"""


@pytest.mark.parametrize(("size", "usable"), [(256 * 1024, True), (256 * 1024 + 1, False)])
def test_B17_a_right_answer_is_read_up_to_256_kilobytes_and_no_further(size, usable):
    def answer(request):
        body = b'{"access_token": "t", "expires_in": 3600}' if request.url.path == "/token" else YES.ljust(size)
        return httpx.Response(200, stream=httpx.ByteStream(body))

    client = make(answer, Clock())
    if usable:
        assert client.ask("191212121212", "5520000018").findings[0].yes
    else:
        with pytest.raises(RegisterUnavailable):
            client.ask("191212121212", "5520000018")
    client.close()


def test_D23_numbers_stand_in_no_address_and_the_secret_in_no_question():
    seen = []

    def answer(request):
        seen.append((str(request.url), dict(request.headers), request.read()))
        if request.url.path == "/token":
            return httpx.Response(200, stream=httpx.ByteStream(b'{"access_token": "t", "expires_in": 3600}'))
        return httpx.Response(500, stream=httpx.ByteStream(b""))

    client = make(answer, Clock())
    with pytest.raises(RegisterUnavailable) as refused:
        client.ask("191212121212", "5520000018")
    (token_url, _, form), (url, headers, body) = seen
    assert "1912" not in url + token_url + str(headers)
    assert b"scope=foretagsinformation%3Aread" in form
    assert (headers["authorization"], headers["accept-encoding"]) == ("Bearer t", "identity")
    assert b"s3cret" not in body
    assert refused.value.__cause__ is None
    client.close()


def test_a_fault_of_our_own_counts_as_a_failure_and_is_not_hidden():
    def broken(_request):
        raise ZeroDivisionError

    client = make(broken, Clock())
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            client.ask("191212121212", "5520000018")
    with pytest.raises(RegisterUnavailable):
        client.ask("191212121212", "5520000018")
    client.close()


def test_production_speaks_to_the_register_encrypted_or_not_at_all(settings):
    with pytest.raises(SettingsError, match="https"):
        composition.make_register(dataclasses.replace(settings, environment="production"))
    composition.make_register(
        dataclasses.replace(
            settings,
            environment="production",
            bolagsverket_url="https://register.invalid/v4",
            bolagsverket_token_url="https://register.invalid/token",
        )
    ).close()


@pytest.mark.parametrize("bad", ["", "{}", '{"keys": [{"kid": "a", "kty": "OKP", "d": "secret"}]}'])
def test_a_bad_sealing_key_stops_the_process_and_is_not_quoted(settings, bad):
    with pytest.raises(SettingsError, match="seal_private_jwks") as refused:
        composition.create_app(dataclasses.replace(settings, seal_private_jwks=bad))
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_worker_is_put_together_with_its_jobs(settings):
    composition.create_worker(settings)
    assert {"expire-memberships", "drop-lapsed-confirmations"} <= {job.name for job in composition.JOBS}
