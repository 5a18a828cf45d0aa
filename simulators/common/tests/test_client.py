"""What every control client does, against a server that answers as told."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sim_common.client import ControlClient, ControlError, HttpFaultClient


class Server:
    """Answers `status` with `body`, and keeps what it was sent."""

    def __init__(self):
        self.status, self.body = 204, b""
        self.asked = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                server.asked.append((self.command, self.path, json.loads(sent) if sent else None))
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)

            def do_GET(self):
                self.do_POST()

            def do_DELETE(self):
                self.do_POST()

            def log_message(self, *_args):
                """Keep the tests' output clean."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def test_what_is_sent_is_json_and_an_empty_answer_is_an_empty_object(server):
    client = ControlClient(server.url)
    assert client.call("POST", "/control/reset") == {}
    server.status, server.body = 200, b'{"calls": []}'
    assert client.call("GET", "/control/calls") == {"calls": []}
    assert server.asked == [("POST", "/control/reset", {}), ("GET", "/control/calls", None)]


def test_a_refusal_has_status_and_words(server):
    server.status, server.body = 400, b'{"error": "KeyError"}'
    with pytest.raises(ControlError) as refused:
        ControlClient(server.url).call("DELETE", "/control/faults")
    assert refused.value.args == (400, '{"error": "KeyError"}')


def test_faults_are_ordered_by_their_fields(server):
    faults = HttpFaultClient(ControlClient(server.url))
    faults.status(503, count=2)
    faults.answer({"a": 1})
    faults.answer("<a/>", 500)
    faults.clear()
    assert [sent for _method, _path, sent in server.asked] == [
        {"kind": "status", "status": 503, "count": 2},
        {"kind": "answer", "body": '{"a": 1}', "status": 200},
        {"kind": "answer", "body": "<a/>", "status": 500},
        {},
    ]


def test_who_never_answers_is_waited_for_until_the_time_is_up():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: refused
        client = ControlClient(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(TimeoutError, match="does not answer"):
            client.wait_ready(timeout=0.05)


def test_who_answers_is_ready(server):
    ControlClient(server.url).wait_ready(timeout=5)
    assert server.asked == [("GET", "/livez", None)]
