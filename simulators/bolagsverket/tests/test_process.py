"""The process itself: its page, and how it stops."""

import threading
import time
from html.parser import HTMLParser

import httpx2 as httpx
import pytest

from chassis.testing import wait_for
from sim_bolagsverket import companies as data
from sim_bolagsverket.control import Control


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_shows_every_company_without_script_or_inline_style(base_url, control):
    control.put_officer(data.ALONE, "197010632391", ["SU"], name=("<b>Ivar</b>", "Id"))
    answer = httpx.get(f"{base_url}/", trust_env=False)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for company in data.COMPANIES:
        assert company.name in answer.text
    assert "Nej (EJ_FIRMATECKNARE)" in answer.text
    assert "&lt;b&gt;Ivar" in answer.text
    tags = Tags()
    tags.feed(answer.text)
    assert ("html", {"lang": "sv"}) in tags.seen
    assert not [tag for tag, attrs in tags.seen if tag in {"script", "style"} or "style" in attrs]
    [sheet] = [attrs["href"] for tag, attrs in tags.seen if tag == "link"]
    assert httpx.get(f"{base_url}{sheet}", trust_env=False).status_code == 200


@pytest.mark.parametrize("busy", [False, True])
def test_it_stops_soon_after_sigterm_even_with_a_call_waiting(processes, busy):
    process, url = processes.start()
    control = Control(url)
    caller = threading.Thread(target=lambda: _ask(url), daemon=True)
    if busy:
        control.faults.slow(60, path="/oauth2/")
        caller.start()
        wait_for(control.calls)
    began = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert time.monotonic() - began < 4
    if busy:
        caller.join(5)
        assert not caller.is_alive()


def _ask(url):
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{url}/oauth2/token", data={"client_id": "waits"}, timeout=30, trust_env=False)
