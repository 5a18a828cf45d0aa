import json

import pytest

from chassis import sealing

MINE, OTHERS = sealing.generate_key("mine"), sealing.generate_key("others")
CONTACT = {"email": "karin@exempel.se", "link": "https://exempel.se/inbjudan#hemlig"}


def sealed() -> str:
    return sealing.Sealer(json.dumps(sealing.public_key(MINE))).seal(CONTACT)


def test_only_the_receiver_can_open_it_and_nothing_shows_outside():
    text = sealed()
    assert sealing.Unsealer(json.dumps({"keys": [OTHERS, MINE]})).unseal(text) == CONTACT
    assert "karin" not in text
    assert sealed() != text


@pytest.mark.parametrize("text", ["", "a.b.c.d.e", sealed()[:-3], sealed().replace("e", "f", 1)])
def test_what_is_damaged_does_not_open(text):
    with pytest.raises(sealing.CannotUnseal):
        sealing.Unsealer(json.dumps({"keys": [MINE]})).unseal(text)


def test_another_key_does_not_open_it():
    with pytest.raises(sealing.CannotUnseal):
        sealing.Unsealer(json.dumps({"keys": [OTHERS]})).unseal(sealed())
    with pytest.raises(sealing.CannotUnseal):
        sealing.Unsealer(json.dumps({"keys": [OTHERS | {"kid": "mine"}]})).unseal(sealed())
