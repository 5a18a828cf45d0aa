"""Who counts as being on this machine: the control interfaces let nobody else in."""

import pytest

from sim_common.local_only import is_loopback


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine(address):
    assert is_loopback(address)


@pytest.mark.parametrize("address", [None, "", "192.0.2.1", "::ffff:192.0.2.1", "localhost.example.com", "0.0.0.0"])
def test_not_this_machine(address):
    assert not is_loopback(address)
