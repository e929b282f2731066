"""A plugin's sink is told what happens, or is one sentence that names the plugin and no secret."""

import pytest

from qpf.api import Notifier, RunStarted, SinkOptions
from qpf.host.address import masked
from qpf.host.plugin import Registered
from qpf.host.sinks import open_sink
from qpf.model.trust import Trust

URL = "bell://robot:hush@host/tower?token=shush"
EVENT = RunStarted(run="1", environments=("dev",), jobs=1)


class Bell:
    """A sink that keeps what it is told, raises what it should, and says what it should."""

    def __init__(self, error=None, said=""):
        self.error = error
        self.said = said
        self.told = []

    def __call__(self, event):
        self.told.append(event)
        if self.error is not None:
            raise self.error

    def close(self):
        if isinstance(self.said, BaseException):
            raise self.said
        return self.said


def opened(opener, settings=None):
    return open_sink(Registered("acme", Notifier("bell", opener), "acme"), SinkOptions(URL, settings or {}))


def raising(error):
    def opener(_options):
        raise error

    return opener


def test_events_pass_and_what_it_says_passes():
    asked = []
    bell = Bell(said="2 reports were not delivered")

    def opener(options):
        asked.append((options.url, options.settings))
        return bell

    sink = opened(opener, {"every": 3})
    sink(EVENT)
    assert (sink.close(), bell.told, asked) == (bell.said, [EVENT], [(URL, {"every": 3})])


def test_one_that_raises_is_told_nothing_more_and_said_once():
    bell = Bell(SystemExit(3))
    sink = opened(lambda *_: bell)
    sink(EVENT)
    sink(EVENT)
    assert (sink.close(), len(bell.told)) == ("plugin `acme` crashed: SystemExit: 3", 1)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "plugin `acme` said None where a sentence belongs"),
        (LookupError("hush"), "plugin `acme` crashed: LookupError: ***"),
        (f"cannot reach {URL}:\nhush, shush", "cannot reach ***: ***, ***"),
    ],
    ids=["nothing", "raises", "secrets"],
)
def test_what_goes_wrong_at_the_end_is_one_sentence(said, words):
    assert opened(lambda *_: Bell(said=said)).close() == words


@pytest.mark.parametrize(
    ("opener", "words"),
    [
        (raising(ValueError("hush is no port")), "*** is no port"),
        (raising(SystemExit(0)), "plugin `acme` crashed: SystemExit: 0"),
        (raising(ImportError("no bells")), "plugin `acme` crashed: ImportError: no bells"),
        (lambda *_: None, "plugin `acme` handed over None, which is no sink"),
        (lambda *_: print, "plugin `acme` handed over a builtin_function_or_method, which is no sink"),
    ],
    ids=["refuses", "exits", "lacks", "nothing", "cannot be closed"],
)
def test_one_that_cannot_be_opened_says_why(opener, words):
    with pytest.raises(ValueError, match=r"\w") as refused:
        opened(opener)
    assert str(refused.value) == words


def test_ctrl_c_passes():
    with pytest.raises(KeyboardInterrupt):
        opened(raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        opened(lambda *_: Bell(KeyboardInterrupt()))(EVENT)


def test_what_was_not_sent_is_told_with_what_went_wrong_and_else_not():
    for said, told in (("", ""), ("it answered 401", "it answered 401; TOKEN: not sent there, ")):
        trust = Trust({"TOKEN": "hush"}, frozenset())

        def opener(options, said=said):
            assert options.trust.secret("TOKEN", "host") == ""
            return Bell(said=said)

        entry = Registered("acme", Notifier("bell", opener), "acme")
        sentence = open_sink(entry, SinkOptions(URL, trust=trust)).close()
        assert sentence.startswith(told)
        assert ("QPF_TRUSTED_HOSTS" in sentence) == bool(said)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://here:8000", "https://here:8000 is away"),
        ("https://here:8000/", "https://here:8000/ is away"),
        ("http://", "http:// is away"),
        ("https://here/hook", "*** is away"),
        ("https://me@here", "*** is away"),
        ("https://here?key=x", "*** is away"),
        ("https://[here", "*** is away"),
        ("otlp+file:out/traces", "*** is away"),
    ],
)
def test_an_address_that_is_no_more_than_a_place_is_told(url, told):
    assert masked(f"{url} is away", url) == told


@pytest.mark.parametrize(
    ("url", "text", "told"),
    [
        (
            "https://u:v1@here",
            "u could not be served at version v12",
            "*** could not be served at version v12",
        ),
        ("https://here/hook?v=1", "it answered 401, code 1", "it answered 401, code ***"),
        ("https://here/hook?key=hush", "unhushed", "un***ed"),
    ],
)
def test_what_is_short_is_hidden_where_it_stands_alone(url, text, told):
    assert masked(text, url) == told
