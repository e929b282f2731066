"""Whatever is wrong with a server is one sentence without secrets, within the deadline."""

import http.server
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from qpf.engine.tiers import Tiers
from qpf.io.cachefolder import CacheFolder
from qpf.model.cache import StoreError
from qpf.model.trust import Trust
from tests.servers import free_port
from tests.servers.redis import run_redis
from tests.shared_cache.opening import KEY, open_store, refusal

pytestmark = pytest.mark.network

GOES_ON = "; this run goes on without it"


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")


def test_a_server_that_is_not_there_is_said(keys):
    assert refusal(f"redis://127.0.0.1:{free_port()}") == {"Connection refused"}
    for said in refusal(f"s3://bucket/x?endpoint_url=http://127.0.0.1:{free_port()}"):
        assert said.endswith(": HTTP error: error sending request")


@pytest.mark.parametrize("host", ["a" * 70, "a..b"])
def test_what_no_name_of_a_host_can_be_is_said(host):
    assert refusal(f"redis://{host}") == {"its address names no host"}


def test_a_server_that_never_answers_is_given_up_in_time(keys, silent):
    start = time.monotonic()
    assert refusal(f"redis://127.0.0.1:{silent}", deadline=0.2) == {"no answer within 0.2 s"}
    assert refusal(f"rediss://127.0.0.1:{silent}", deadline=0.2) == {"no answer within 0.2 s"}
    assert refusal(f"s3://bucket/x?endpoint_url=http://127.0.0.1:{silent}", deadline=0.2)
    assert time.monotonic() - start < 30


def test_the_compile_goes_on_without_a_server_that_never_answers(keys, silent, tmp_path):
    urls = [f"redis://127.0.0.1:{silent}", f"s3://bucket/x?endpoint_url=http://127.0.0.1:{silent}"]
    shared = [(url[:5], open_store(url, deadline=0.5)) for url in urls]
    tiers = Tiers(CacheFolder(tmp_path), shared, deadline_seconds=0.5)
    tiers.put({KEY: b"payload"})
    assert tiers.get([KEY, "qpf:extraction:other"]) == {KEY: (b"payload", "local")}
    tiers.close()
    assert len(tiers.notes()) == 2
    assert all(GOES_ON in note for note in tiers.notes())


def test_a_server_that_is_killed_midway_is_said_once(tmp_path):
    (tmp_path / "redis").mkdir()
    with run_redis(tmp_path / "redis") as server:
        tiers = Tiers(CacheFolder(tmp_path / "one"), [("there", open_store(server.url))])
        tiers.put({KEY: b"payload"})
        tiers.close()
        tiers = Tiers(CacheFolder(tmp_path / "two"), [("there", open_store(server.url))])
        assert tiers.get([KEY]) == {KEY: (b"payload", "remote")}
        server.server.kill()
        assert tiers.get([KEY, "qpf:extraction:other"]) == {KEY: (b"payload", "local")}
        tiers.put({"qpf:extraction:other": b"other"})
        tiers.close()
    (note,) = tiers.notes()
    assert note.startswith("the cache there cannot be used: ")
    assert note.endswith(f"{GOES_ON}, and 1 of 1 new entries were not kept there")


def test_a_password_is_asked_for_and_never_shown(tmp_path):
    with run_redis(tmp_path) as server:
        with server.client() as client:
            client.acl_setuser("robot", enabled=True, passwords=["+hu$sh"], keys=["*"], commands=["+@all"])
            client.config_set("requirepass", "hush")
        here = f"127.0.0.1:{server.port}"
        (said,) = refusal(f"redis://{here}")
        assert said == "NOAUTH Authentication required"
        for wrong in (f"redis://:hushhush@{here}", f"redis://robot:hush@{here}/0"):
            (said,) = refusal(wrong)
            assert said.startswith("WRONGPASS")
        for right in (f"redis://:hush@{here}", f"redis://robot:hu%24sh@{here}/3"):
            store = open_store(right)
            store.put({KEY: right.encode()})
            assert store.get([KEY]) == {KEY: right.encode()}
            store.close()
        secrets = {"REDISCLI_AUTH": "hush"}
        for hosts in (None, frozenset({"127.0.0.1"}), frozenset({here})):
            store = open_store(f"redis://{here}", trust=Trust(secrets, hosts))
            assert set(store.get([KEY])) == {KEY}
            store.close()
        strange = Trust(secrets, frozenset({"127.0.0.1:1"}))
        (said,) = refusal(f"redis://{here}", trust=strange)
        assert said.startswith("NOAUTH")
        assert strange.withheld == {"REDISCLI_AUTH"}


def test_a_server_that_does_not_know_passwords_cannot_make_them_shown(tmp_path):
    trust = Trust({"REDISCLI_AUTH": "hush" * 100})
    with run_redis(tmp_path, "--rename-command", "AUTH", "") as server:
        assert refusal(f"redis://127.0.0.1:{server.port}", trust=trust) == {"ERR in answer to AUTH"}


def test_a_full_server_is_said(tmp_path):
    with run_redis(tmp_path) as server:
        with server.client() as client:
            client.config_set("maxmemory", "1")
        store = open_store(server.url)
        with pytest.raises(StoreError, match=r"^OOM command not allowed"):
            store.put({KEY: b"content"})
        assert store.get([KEY]) == {}
        store.close()


@pytest.fixture
def web():
    """A server that answers everything in its own way, and keeps the headers it got."""
    got = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            got.append(dict(self.headers))
            self.rfile.read(int(self.headers.get("content-length", 0)))
            token = self.headers.get("x-amz-security-token")
            body = f"<Error><Code>InvalidToken</Code><Token-0>{token}</Token-0></Error>".encode()
            self.send_response(403 if token else 503)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET  # noqa: N815 -- as the protocol has it

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield SimpleNamespace(place=f"127.0.0.1:{server.server_port}", got=got)
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_no_redis_is_said(web):
    assert refusal(f"redis://{web.place}") <= {
        "what answers is no Redis",
        "Connection reset by peer",
    }
    (said,) = refusal(f"rediss://{web.place}")
    assert "SSL" in said


def test_what_is_no_s3_is_said(keys, web):
    for scheme in ("http", "HTTP"):
        for said in refusal(f"s3://bucket?endpoint_url={scheme}://{web.place}"):
            assert "503" in said


def test_an_endpoint_that_a_source_names_gets_no_credentials_unless_it_is_trusted(web, keys, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hush")
    secret = {"authorization", "x-amz-security-token"}
    for hosts, sent in ((frozenset({"elsewhere"}), set()), (frozenset({web.place}), secret), (None, secret)):
        web.got.clear()
        trust = Trust(hosts=hosts)
        refusal(f"s3://bucket?endpoint_url=http://{web.place}", trust=trust)
        assert web.got
        assert all(secret.intersection(map(str.lower, each)) == sent for each in web.got)
        assert trust.withheld == (set() if sent else {"credentials for S3"})


def test_what_s3_refuses_is_said_without_what_it_repeats(keys, web, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hush")
    for said in refusal(f"s3://bucket?endpoint_url=http://{web.place}"):
        assert said.endswith(": Server returned non-2xx status code: 403 Forbidden (InvalidToken)")


ASKS = """
import sys
from tests.shared_cache.opening import KEY, open_store, refusal
print(open_store(sys.argv[1]).get([sys.argv[2]]))
"""


def test_an_object_larger_than_memory_is_none(keys):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connected, _ = server.accept()
            with connected:
                connected.recv(65536)
                connected.sendall(
                    b"HTTP/1.1 200 OK\r\netag: x\r\nlast-modified: Fri, 01 Jan 2100 00:00:00 GMT\r\n"
                    b"content-length: 1000000000000000\r\n\r\nbody"
                )
                connected.recv(1)

        threading.Thread(target=answer, daemon=True).start()
        url = f"s3://bucket?endpoint_url=http://127.0.0.1:{server.getsockname()[1]}"
        asked = subprocess.run(
            [sys.executable, "-c", ASKS, url, KEY], capture_output=True, text=True, check=False, timeout=60
        )
    assert asked.stdout == f"{ {KEY: b''} }\n", asked


def test_a_bucket_that_does_not_exist_is_said_when_something_is_put(s3, keys):
    store = open_store(f"s3://no-such-bucket/x?endpoint_url={s3.endpoint}")
    assert store.get([KEY]) == {}
    with pytest.raises(StoreError, match="404"):
        store.put({KEY: b"content"})


def test_a_token_of_the_environment_does_not_go_with_credentials_of_an_address(web, keys, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hush")
    refusal(f"s3://key:word@bucket?endpoint_url=http://{web.place}", trust=Trust(hosts=frozenset()))
    assert web.got
    for each in web.got:
        assert "Credential=key/" in each["authorization"]
        assert "hush" not in str(each)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush@",
        "redis://:hush@host:port",
        "redis://:hush@host/first",
        "redis://host?password=hush",
        "redis://[hush",
        "s3://",
        "s3://bucket?endpoint=hush",
        "s3://bucket?hush",
        "s3://[hush",
        "s3://bucket?endpoint_url=hush",
        "s3://bucket?endpoint_url=http://hush@host",
        "s3://bucket?endpoint_url=http://hush\\@host",
        "s3://bucket?endpoint_url=http://host%23hush",
        "s3://bucket?endpoint_url=http://host/%3Fhush",
        "s3://bucket?region=hush.example.com/",
        "s3://bucket?region=hush%23",
    ],
)
def test_a_wrong_address_is_refused_and_not_shown(url):
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert "hush" not in str(refused.value)
