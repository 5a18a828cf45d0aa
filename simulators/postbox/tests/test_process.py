"""The process itself: how it stops, and that it doesn't live without its SMTP port."""

import smtplib
import socket
import threading
import time

import pytest

from chassis.testing import wait_for
from sim_postbox.control import Control


def test_it_stops_soon_after_sigterm_even_with_callers_waiting(processes, mail):
    running = processes.start()
    box = Control(running.url)
    box.faults.smtp_slow(60)

    def send():
        with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=30) as smtp:
            smtp.send_message(mail())

    def lost():
        with pytest.raises((smtplib.SMTPException, OSError)):
            send()

    sender = threading.Thread(target=lost, daemon=True)
    sender.start()
    wait_for(box.faults.struck)
    began = time.monotonic()
    running.process.terminate()
    assert running.process.wait(10) == 0
    assert time.monotonic() - began < 4
    sender.join(5)
    assert not sender.is_alive()
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", running.smtp_port))


def test_it_ends_when_the_smtp_port_is_taken(processes, running):
    second = processes.launch(SIM_POSTBOX_SMTP=f"127.0.0.1:{running.smtp_port}")
    assert second.process.wait(20) != 0
    assert "already in use" in second.log.read_text()
