from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from chassis import ids, tokens
from chassis.testing import principal
from chassis.transaction import Principal

KEY, OTHER = tokens.generate_key("a"), tokens.generate_key("b")
WHO = principal(name="Karin Test Persson", birth_year=1999, services=frozenset({"water"}), staff=frozenset({"x"}))


def minted(audience: str = "billing", who: Principal = WHO, key: dict = KEY) -> str:
    return tokens.Minter(key).mint(audience, who, locale="en")


def test_a_token_says_to_its_audience_exactly_who_asks():
    identity = tokens.Verifier(tokens.public_jwks(KEY, OTHER), "billing").verify(minted())
    assert identity.principal == WHO
    assert identity.locale == "en"


def test_a_narrowing_to_no_service_at_all_stays_a_narrowing():
    who = principal(services=frozenset())
    assert tokens.Verifier(tokens.public_jwks(KEY), "x").verify(minted("x", who)).principal.services == frozenset()


@pytest.mark.parametrize(
    "token",
    [
        minted("metering"),
        minted(key=OTHER),
        minted(key=OTHER | {"kid": "a"}),
        "",
        "a.b.c",
        minted()[:-2],
        jwt.encode({"alg": "HS256", "kid": "a"}, {"iss": "gateway", "aud": "billing"}, OctKey.import_key(KEY["x"])),
    ],
    ids=["audience", "unknown key", "forged kid", "empty", "garbage", "cut", "key confusion"],
)
def test_C33_what_the_gateway_did_not_sign_for_this_service_is_refused(token):
    with pytest.raises(tokens.InvalidToken):
        tokens.Verifier(tokens.public_jwks(KEY), "billing").verify(token)


def test_a_token_dies_also_when_it_is_remembered():
    verifier, token = tokens.Verifier(tokens.public_jwks(KEY), "billing"), minted()
    verifier.verify(token)
    later = ids.utcnow() + tokens.LIFETIME + tokens.SKEW
    with ids.use(clock=lambda: later), pytest.raises(tokens.InvalidToken):
        verifier.verify(token)


def test_a_token_that_claims_a_long_life_or_comes_from_the_future_is_refused():
    now = int(ids.utcnow().timestamp())
    key = OKPKey.import_key(KEY)
    for issued, expires in ((now, now + 3600), (now + 120, now + 150)):
        claims = {"iss": "gateway", "aud": "billing", "iat": issued, "exp": expires}
        token = jwt.encode({"alg": "Ed25519", "kid": "a"}, claims, key, algorithms=["Ed25519"])
        with pytest.raises(tokens.InvalidToken):
            tokens.Verifier(tokens.public_jwks(KEY), "billing").verify(token)


def test_a_clock_that_is_half_a_minute_off_is_tolerated():
    earlier = ids.utcnow() - timedelta(seconds=25)
    token = minted()
    with ids.use(clock=lambda: earlier):
        assert tokens.Verifier(tokens.public_jwks(KEY), "billing").verify(token)
