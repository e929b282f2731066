"""What answers in the place of Redis and is none is one sentence, at once, and takes no memory along."""

import contextlib
import socketserver
import threading

import pytest

from qpf.model.cache import StoreError
from qpf_plugins.shared_cache.gate import Gate
from tests.shared_cache.opening import open_store

pytestmark = pytest.mark.network

KEY = "qpf:extraction:abc"
SHAPES = [
    b"+OK\r\n",
    b":5\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"#t\r\n",
    b"*3\r\n+a\r\n+b\r\n+c\r\n",
    b"*2\r\n$1\r\n0\r\n:1\r\n",
    b"*2\r\n:0\r\n*0\r\n",
    b"*2\r\n$1\r\n0\r\n*1\r\n:1\r\n",
]


@contextlib.contextmanager
def answering(reply):
    """A store whose server has one answer to everything."""

    class Answers(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                while self.request.recv(1024 * 1024):
                    self.request.sendall(reply)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        store = open_store(f"redis://127.0.0.1:{server.server_address[1]}")
        yield store
        store.close()
        server.shutdown()
        thread.join()


def said(store):
    """What each question ends in; the sentence is the same."""
    sentences = set()
    for call in (lambda: store.get([KEY]), store.size):
        with pytest.raises(StoreError) as refused:
            call()
        sentences.add(str(refused.value))
    return sentences


@pytest.mark.parametrize("reply", SHAPES)
def test_what_answers_as_no_redis_does_is_none(reply):
    with answering(reply) as store:
        assert said(store) == {"what answers is no Redis"}


LENGTHS = [
    b"*2147483647\r\n",
    b"*1\r\n*2147483647\r\n",
    b"%1000000000\r\n",
    b"$99999999999\r\n",
    b"*2\r\n$3\r\n*1\n\r\n*1000000000\r\n",
    b"-" + b"x" * 100_000 + b"\r\n",
    b"+" * 100_000,
]


@pytest.mark.parametrize("reply", LENGTHS, ids=range(len(LENGTHS)))
def test_an_answer_that_is_too_large_is_not_waited_for(reply):
    with answering(reply) as store:
        assert said(store) == {"its answer is too large"}


def test_an_answer_that_comes_byte_by_byte_is_looked_at_all_the_same():
    reply = b"*2\r\n$5\r\n*9\r\n9\r\n*1\r\n$-1\r\n"
    gate = Gate()
    for byte in reply:
        gate.check(bytes((byte,)))
    with pytest.raises(StoreError):
        gate.check(b"*1000000")
