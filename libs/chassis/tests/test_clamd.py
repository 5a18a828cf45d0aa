"""The scanner: only a plain yes is clean (C27)."""

import contextlib
import socket
import threading
import time

import pytest

from chassis.clamd import Clamd, ScannerUnavailable
from devservers import clamd as stand_in

MEGABYTE = 1024 * 1024


@pytest.fixture
def scanner():
    with stand_in.Clamd() as started:
        yield started


def test_C27_a_clean_file_of_many_pieces_is_clean(scanner):
    assert Clamd(scanner.address).is_clean(b"x" * 3 * MEGABYTE)
    assert Clamd(scanner.address).is_clean(b"")


@pytest.mark.parametrize("before", [0, 64 * 1024 - 10, 5 * MEGABYTE])
def test_C27_malware_is_found_wherever_it_stands_also_across_two_pieces(scanner, before):
    assert not Clamd(scanner.address).is_clean(b"x" * before + stand_in.EICAR + b"x" * 100)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"INSTREAM size limit exceeded. ERROR",
        b"stream: OK?",
        b"OK",
        b"UNKNOWN COMMAND",
        b"stream:  FOUND it",
        b"x" * 9000,
    ],
    ids=["hangs up", "limit", "almost", "short", "unknown", "found what", "endless"],
)
def test_C27_no_other_answer_is_clean(scanner, answer):
    scanner.answer = answer
    with pytest.raises(ScannerUnavailable):
        Clamd(scanner.address).is_clean(b"x")


def test_C27_a_scanner_that_says_nothing_is_not_waited_for(scanner):
    scanner.answer = None
    started = time.monotonic()
    with pytest.raises(ScannerUnavailable):
        Clamd(scanner.address, timeout=0.3).is_clean(b"x")
    assert time.monotonic() - started < 3


def test_C27_a_scanner_that_answers_letter_by_letter_is_not_waited_for(tmp_path):
    path, over = tmp_path / "clamd.sock", threading.Event()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer():
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                while not over.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        started = time.monotonic()
        with pytest.raises(ScannerUnavailable):
            Clamd(f"unix:{path}", timeout=0.5).is_clean(b"x")
        assert time.monotonic() - started < 5
        over.set()
        thread.join(5)


def test_C27_a_scanner_that_is_not_there_is_unavailable(tmp_path):
    for address in (stand_in.nobody(), f"unix:{tmp_path}/clamd.sock"):
        with pytest.raises(ScannerUnavailable):
            Clamd(address).is_clean(b"x")


def test_C27_it_also_speaks_over_a_unix_socket(tmp_path):
    path = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer():
            connection, _ = listening.accept()
            with connection:
                said = b""
                while not said.endswith(b"x\0\0\0\0"):
                    said += connection.recv(4096)
                connection.sendall(b"stream: OK\0")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert Clamd(f"unix:{path}").is_clean(b"x")
        thread.join(5)


@pytest.mark.parametrize("address", ["", "clamd", "clamd:", "clamd:x", "[::1]"])
def test_an_address_of_another_form_is_refused(address):
    with pytest.raises(ValueError, match="clamd_address"):
        Clamd(address)
