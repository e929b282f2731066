"""A plugin's cache does what it should, or is one sentence that names the plugin and no secret."""

import pytest

from qpf.api import Cache, StoreError, StoreOptions, StoreSize
from qpf.host.address import opener_for
from qpf.host.plugin import Registered
from qpf.host.stores import GuardedStore
from qpf.model.address import place_of

EMPTY = StoreSize(0, 0)
URL = "tape://robot:hu%24sh@host:7/shelf?token=shush"


class Tape:
    """A store in this process that hands over what it is told to."""

    def __init__(self, get=None, size=EMPTY):
        self.answer = get
        self.told = size
        self.closed = 0

    def get(self, keys):
        return self.answer

    def put(self, entries):
        self.answer = entries

    def size(self):
        return self.told

    def close(self):
        self.closed += 1


def guarded(opener):
    return GuardedStore(Registered("acme", Cache("tape", opener), "acme"), StoreOptions(URL, 60, 1.0))


def raising(error):
    def opener(_options):
        raise error

    return opener


def test_what_is_said_is_no_longer_than_a_person_reads():
    with pytest.raises(StoreError) as refused:
        guarded(raising(StoreError("x" * 60_000))).get(["a"])
    assert len(str(refused.value)) == 400


def test_entries_pass_and_the_store_is_opened_once_when_it_is_needed():
    opened = []
    tape = Tape()

    def opener(options):
        opened.append(options)
        return tape

    store = guarded(opener)
    store.close()
    assert opened == []
    store.put({"a": b"1", "b": b"2"})
    assert store.get(["a", "c"]) == {"a": b"1"}
    assert store.size() == StoreSize(0, 0)
    store.close()
    assert ([options.url for options in opened], tape.closed) == ([URL], 1)


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("no"), SystemExit(0), RecursionError(), GeneratorExit(), ImportError(name="acme")],
    ids=lambda error: type(error).__name__,
)
def test_whatever_opening_raises_is_a_sentence_with_the_plugins_name(error):
    store = guarded(raising(error))
    for call in (lambda: store.get(["a"]), lambda: store.put({"a": b""}), store.size):
        with pytest.raises(StoreError, match=rf"^plugin `acme` crashed: {type(error).__name__}"):
            call()


def test_ctrl_c_passes():
    with pytest.raises(KeyboardInterrupt):
        guarded(raising(KeyboardInterrupt())).size()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "None"),
        ([b"1"], "a list"),
        ({"a": "text"}, "a str"),
        ({"a": bytearray(b"1")}, "a bytearray"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_garbage_is_refused(answer, words):
    with pytest.raises(StoreError, match=f"^plugin `acme` handed over {words}, which is no entry$"):
        guarded(lambda _: Tape(answer)).get(["a"])


def test_a_mapping_that_raises_is_refused():
    class Evil(dict[str, bytes]):
        def __contains__(self, key):
            raise OSError

    with pytest.raises(StoreError, match=r"^plugin `acme` crashed: OSError"):
        guarded(lambda _: Tape(Evil())).get(["a"])


def test_what_opens_to_nothing_is_refused():
    with pytest.raises(StoreError, match="plugin `acme` crashed: AttributeError"):
        guarded(lambda _: None).get(["a"])
    with pytest.raises(StoreError, match="handed over a str"):
        guarded(lambda _: Tape(size="much")).size()


@pytest.mark.parametrize("error", [StoreError, ValueError])
def test_no_part_of_the_address_that_may_be_secret_is_repeated(error):
    words = f"refused {URL} for robot with hu$sh (hu%24sh) and shush\nat once"
    with pytest.raises(StoreError) as refused:
        guarded(raising(error(words))).get(["a"])
    said = str(refused.value)
    assert "refused *** for *** with *** (***) and *** at once" in said


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (URL, "tape://host:7/shelf"),
        ("redis://:hush@[::1]:6379/0", "redis://[::1]:6379/0"),
        ("s3://bucket/prefix?region=hush", "s3://bucket/prefix"),
        ("s3://bucket/prefix?endpoint_url=http://key:hush@host", "s3://***"),
        ("redis://robot:12?hush@host", "redis://***"),
        ("redis://:12#hush", "redis://***"),
        ("redis://host:0", "redis://host:0"),
        ("shelf:///srv/shelf", "shelf:///srv/shelf"),
        ("redis://:hush@host:port/0", "redis://***"),
        ("redis://[hush", "redis://***"),
        ("redis://robot:12/hush@host/0", "redis://***"),
        ("redis://hush/hush@host", "redis://***"),
        ("redis://:12#hush@host", "redis://***"),
        ("hush@host", "***"),
        ("hush/hush@host:7", "***"),
    ],
)
def test_a_cache_is_called_by_its_address_without_secrets(url, place):
    assert place_of(url) == place
    assert "hush" not in repr(StoreOptions(url, 60, 1.0))


def test_a_cache_is_found_by_the_scheme_of_its_address():
    entries = [Registered("acme", Cache(scheme, Tape)) for scheme in ("tape", "tapes")]
    assert opener_for(entries, "tapes://host") is entries[1]
    assert opener_for(entries, "TAPE://host") is entries[0]
    assert opener_for(entries, "disk://host") is None
    assert opener_for(entries, "") is None
