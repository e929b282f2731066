"""Shared caches are named by addresses, and no secret of an address is shown."""

from qpf.cli.caches import caches_of, secret, shared_caches
from qpf.host.plugin import Registered
from qpf.host.registry import Registry
from qpf.model.cache import Cache, StoreError, StoreSize
from qpf.model.trust import Trust
from qpf.stages.engine import CacheSettings


class Shelf:
    """A store that holds one entry, as large as its address is long."""

    def __init__(self, options):
        self.options = options

    def get(self, keys):
        return {}

    def put(self, entries):
        raise StoreError

    def size(self):
        return StoreSize(1, len(self.options.url))

    def close(self):
        pass


REGISTRY = Registry(caches=tuple(Registered("shelves", Cache(scheme, Shelf)) for scheme in ("rack", "shelf")))


def named(*urls):
    outcome = shared_caches(REGISTRY, urls, Trust, ttl_seconds=60, deadline_seconds=1.0)
    return outcome.value, [(each.code.name, each.message, each.hint) for each in outcome.report.diagnostics]


def test_each_address_is_one_store_under_a_name_of_its_own_without_secrets():
    one, other = "shelf://joe:hush@host:7/top?key=hush", "shelf://ann:hush@host:7/top"
    stores, found = named(one, other, one, "RACK://x")
    assert found == []
    assert [name for name, _ in stores] == ["shelf://host:7/top", "shelf://host:7/top (2)", "rack://x"]
    assert [store.size() for _, store in stores] == [
        StoreSize(1, len(url)) for url in (one, other, "RACK://x")
    ]


def test_an_address_nobody_opens_is_a_finding_that_says_what_could_be_meant():
    _, found = named("shelv://joe:hush@host", "tape://host")
    assert found == [
        ("unknown-scheme", "no installed plugin opens caches at `shelv://`", "did you mean `shelf`?"),
        ("unknown-scheme", "no installed plugin opens caches at `tape://`", "known: `rack`, `shelf`"),
    ]
    bare = shared_caches(Registry(), ["shelf://x"], Trust, ttl_seconds=60, deadline_seconds=1.0).report
    assert bare.diagnostics[0].hint == "install a plugin that registers it by `qpf_caches`"


def test_of_what_is_no_address_nothing_is_repeated():
    for text in ("hush", "hush@host", "//hush", "hush!://host"):
        stores, found = named(text)
        assert stores == ()
        assert "hush" not in str(found)
        assert found[0][0] == "unknown-scheme"


def test_the_secret_is_read_from_the_environment_and_an_empty_one_is_none(monkeypatch):
    monkeypatch.setenv("QPF_CACHE_SECRET", "hush")
    assert secret() == b"hush"
    monkeypatch.setenv("QPF_CACHE_SECRET", "")
    assert secret() is None
    monkeypatch.delenv("QPF_CACHE_SECRET")
    assert secret() is None


def test_the_fleet_sets_the_usual_cache_and_whoever_is_named_comes_in_its_place():
    usual = CacheSettings(backend="redis", url="redis://usual")
    registry = Registry(caches=(Registered("shelves", Cache("redis", Shelf)),))
    assert [name for name, _ in caches_of(registry, usual).value] == ["redis://usual"]
    assert [name for name, _ in caches_of(registry, usual, ["redis://other"]).value] == ["redis://other"]
    assert caches_of(registry, CacheSettings()).value == ()


def test_secrets_go_to_whom_the_command_named_and_of_a_source_to_trusted_hosts(monkeypatch):
    trusted = []

    def note(options):
        trusted.append(options.trust.hosts)
        return Shelf(options)

    monkeypatch.setenv("QPF_TRUSTED_HOSTS", "one:6379, TWO")
    registry = Registry(caches=(Registered("shelves", Cache("redis", note)),))
    usual = CacheSettings(backend="redis", url="redis://usual")
    for named in ((), ("redis://other",)):
        ((_, store),) = caches_of(registry, usual, named).value
        store.size()
    assert trusted == [{"one:6379", "two"}, None]
