"""A webhook on loopback that keeps what it is sent, and answers as it is told."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    document: dict[str, Any]


@dataclass
class Receiver:
    """What came so far. `answers` are used up one by one, then every answer is 200.

    An answer is a status, `close` before any answer or `midway`, in the middle of one; what `hang` and
    `slow` get comes when they are `released`: nothing, and 200.
    """

    url: str
    answers: list[int | str] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: Received) -> int | str:
        with self._changed:
            self.received.append(request)
            self._changed.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait_for(self, count: int) -> list[Received]:
        """Wait until so many requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, 60.0)
            return list(self.received)

    @property
    def last(self) -> dict[str, Any]:
        """What was posted last."""
        return self.received[-1].document

    def reports(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The newest report of every agent, by environment and name."""
        return {
            (report["environment"], report["agent_name"]): report
            for request in self.received
            for report in request.document["reports"]
        }


@contextmanager
def receiving(*answers: int | str, certificate: str = "") -> Iterator[Receiver]:
    """Run one; with a file of a certificate and its key it speaks HTTPS."""

    class Intake(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Received(self.path, headers, json.loads(body)))
            if answer in ("hang", "slow"):
                receiver.released.wait(60.0)
                answer = 200 if answer == "slow" else "close"
            if answer == "midway":
                self.wfile.write(b"HTTP/1.1 20")
            elif isinstance(answer, int):
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("location", f"{receiver.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            pass  # whoever does not trust a certificate, or gives up, leaves in the middle

    server = Server(("127.0.0.1", 0), Intake)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    receiver = Receiver(f"{scheme}://127.0.0.1:{server.server_port}", list(answers))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
