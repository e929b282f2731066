"""What takes long to answer, as a bucket in the cloud does, is asked for many entries at a time."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from qpf_plugins.shared_cache.s3_store import AT_A_TIME
from tests.shared_cache.opening import open_store

PATIENCE = 20.0

pytestmark = pytest.mark.network


@pytest.fixture
def bucket() -> Iterator[str]:
    """A server that answers nobody until so many have asked, and then that there is nothing."""
    asked = threading.Barrier(AT_A_TIME)

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.wait(PATIENCE)
            self.send_response(404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 2 * AT_A_TIME

    with Server(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"s3://hush:hush@bucket?endpoint_url=http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_bucket_is_asked_for_many_entries_at_a_time(bucket: str) -> None:
    store = open_store(bucket, deadline=PATIENCE)
    assert store.get([f"qpf:{number}" for number in range(2 * AT_A_TIME)]) == {}
