"""Redis and S3 keep one law: what was put comes back, for as long as it may, and only what is ours counts."""

import subprocess
import sys

import obstore
import pytest
from obstore.store import S3Store as Bucket

from qpf.engine.entry import seal
from qpf.engine.tiers import Tiers
from qpf.host.address import opener_for
from qpf.host.plugin import Registered
from qpf.host.registry import load_registry
from qpf.host.stores import GuardedStore
from qpf.io.cachefolder import CacheFolder
from qpf.model.address import place_of
from qpf.model.cache import StoreError, StoreOptions, StoreSize
from qpf_plugins.shared_cache.packing import pack
from tests.shared_cache.opening import DAY, QUICK, open_store

pytestmark = pytest.mark.network

KEYS = [f"qpf:extraction:{number:064x}:0.1.0:glue" for number in range(100)]


class RedisPlace:
    """A server of Redis, seen from behind."""

    def __init__(self, server):
        self.server = server
        self.url = server.url
        with server.client() as client:
            client.flushall()

    def plant(self, key, raw):
        with self.server.client() as client:
            client.set(key, raw)


class S3Place:
    """A bucket, seen from behind."""

    def __init__(self, server):
        self.bucket = server.create()
        self.url = f"{self.bucket}/team/one?endpoint_url={server.endpoint}&region=eu-west-1"
        self.raw = Bucket.from_url(
            self.bucket,
            endpoint=server.endpoint,
            access_key_id="test",
            secret_access_key="test",  # noqa: S106 -- what the server takes
            client_options={"allow_http": True},
        )

    def plant(self, key, raw):
        path = key.replace(":", "/")
        obstore.put(self.raw, f"team/one/{path}", raw)


@pytest.fixture(params=["redis", "s3"])
def place(request, monkeypatch):
    server = request.getfixturevalue(request.param)
    if request.param == "redis":
        return RedisPlace(server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return S3Place(server)


def test_what_was_put_comes_back(place):
    store = open_store(place.url)
    entries = {key: key.encode() * number for number, key in enumerate(KEYS)}
    assert store.get(KEYS) == {}
    assert store.get([]) == {}
    store.put({})
    store.put(entries)
    assert store.get([*KEYS, "qpf:extraction:none"]) == entries
    store.put({KEYS[0]: b"other"})
    store.close()
    again = open_store(place.url)
    assert again.get(KEYS[:2]) == {KEYS[0]: b"other", KEYS[1]: KEYS[1].encode()}
    again.close()


def test_a_large_entry_comes_back(place):
    store = open_store(place.url, deadline=60.0)
    blob = b"".join(number.to_bytes(4, "big") for number in range(3_000_000))
    store.put({KEYS[0]: blob})
    assert store.get([KEYS[0]]) == {KEYS[0]: blob}
    store.close()


def test_only_ours_is_counted(place):
    store = open_store(place.url)
    assert store.size() == StoreSize(0, 0)
    store.put(dict.fromkeys(KEYS, b"content"))
    place.plant("other:key", b"mine")
    assert store.size() == StoreSize(100, 100 * len(pack(b"content")))
    store.put({f"qpf:check:{'a' * 64}": b"content"})
    assert store.size() == StoreSize(101, 101 * len(pack(b"content")))
    store.close()


@pytest.mark.parametrize(
    "raw",
    [b"", b"rubbish", b"\x01rubbish", b"\x02rubbish", pack(seal(KEYS[0], b"payload"))[:-4], pack(b"rubbish")],
    ids=["nothing", "rubbish", "no zlib", "no zstandard", "cut off", "no entry"],
)
def test_rubbish_in_a_store_is_a_miss_with_a_note(place, raw, tmp_path):
    place.plant(KEYS[0], raw)
    tiers = Tiers(CacheFolder(tmp_path), [("there", open_store(place.url))])
    assert tiers.get(KEYS[:1]) == {}
    tiers.put({KEYS[0]: b"payload"})
    tiers.close()
    (note,) = tiers.notes()
    assert note.startswith("entries of the cache there count as misses because they are not sound: 1 ")
    store = open_store(place.url)
    assert store.get(KEYS[:1]) == {KEYS[0]: seal(KEYS[0], b"payload")}
    store.close()


def test_another_machine_finds_what_one_has_put(place, tmp_path):
    def machine(name):
        caches = [Registered("shared_cache", cache) for cache in _caches()]
        entry = opener_for(caches, place.url)
        assert entry is not None
        store = GuardedStore(entry, StoreOptions(place.url, DAY, QUICK))
        return Tiers(CacheFolder(tmp_path / name), [(place_of(place.url), store)], b"secret")

    payloads = {key: key.encode() * 1000 for key in KEYS}
    one = machine("one")
    one.put(payloads)
    one.close()
    assert one.notes() == ()
    other = machine("other")
    assert other.get(KEYS) == {key: (payload, "remote") for key, payload in payloads.items()}
    other.close()
    assert machine("other").get(KEYS) == {key: (payload, "local") for key, payload in payloads.items()}


def _caches():
    from qpf_plugins.shared_cache import qpf_caches

    return qpf_caches()


def test_redis_forgets_after_the_time_to_live(redis):
    store = open_store(redis.url, ttl=7200)
    store.put({KEYS[0]: b"content"})
    store.close()
    with redis.client() as client:
        assert 7100 < client.ttl(KEYS[0]) <= 7200


def test_a_connection_that_was_closed_while_it_rested_is_made_anew(redis):
    store = open_store(redis.url)
    store.put({KEYS[0]: b"content"})
    with redis.client() as client:
        assert client.client_kill_filter(_type="normal", skipme=True) > 0
    assert store.get([KEYS[0]]) == {KEYS[0]: b"content"}
    store.close()


def test_an_object_is_a_miss_after_its_time_to_live(s3, monkeypatch):
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    url = s3.create()
    open_store(url).put({KEYS[0]: b"content"})
    assert open_store(url, ttl=DAY).get([KEYS[0]]) == {KEYS[0]: b"content"}
    # The clock of the server is ours, too: what lives for less than no time is always too old.
    assert open_store(url, ttl=-DAY).get([KEYS[0]]) == {}


def test_a_bucket_takes_credentials_from_its_address(s3, monkeypatch):
    for name in s3.environment:
        monkeypatch.delenv(name, raising=False)
    url = s3.create()
    store = open_store(url.replace("s3://", "s3://test:te%2Fst@") + f"?endpoint_url={s3.endpoint}")
    store.put({KEYS[0]: b"content"})
    assert store.get([KEYS[0]]) == {KEYS[0]: b"content"}


def test_the_plugin_registers_its_schemes():
    caches = load_registry(["shared_cache"]).value.caches
    assert [entry.value.scheme for entry in caches] == ["redis", "rediss", "s3"]


def test_nothing_heavy_is_imported_before_a_cache_is_opened():
    text = "import sys, qpf_plugins.shared_cache as s; s.qpf_caches(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True).stdout
    assert not {"hiredis", "obstore", "zstandard", "ssl"} & set(loaded.split())


@pytest.mark.parametrize(("url", "library"), [("redis://host", "hiredis"), ("s3://bucket", "obstore")])
def test_a_missing_library_is_named_with_its_remedy(monkeypatch, url, library):
    for name in [name for name in sys.modules if name.startswith(("qpf_plugins.shared_cache.", library))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(StoreError, match=rf"^{library} is not installed: pip install 'qpf\[cache\]'$"):
        open_store(url)
