"""Whatever string is written, every common reader reads the same string back, as value and as key."""

import itertools
import unicodedata
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpf.syntax.writer import write_yaml
from tests.syntax.readers import IN_PROCESS, kubectl, ours

# Words, numbers and signs that one reader or another takes for something else.
TRAPS = """
y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE tRue
null Null NULL ~ nil None none undefined
0 -0 +0 1 -1 +1 12 0644 0o644 0O17 08 09 007 -00008 0x1F 0X1f 0xg 0b101 0b 1_000 1__0 _1 1_ 0_7 -_1
1.0 1. .5 -.5 +.5 1.10 1.2.3 6.0.0 1.2.3.4 10.0.0.0/8 1e3 1E3 1e+3 1e-3 6e2 123e4567 1.5e3 1e e3 1.e3 .e3 1_0.5
.inf -.inf +.Inf .INF .nan .NaN .NAN nan inf NaN Infinity -Infinity . .. ... - -- --- + ++ -a +a
22:22 190:20:30 1:2 -1:2 1:60 12:30:45 12:30:45.6 2024-01-02 2024-1-2 2024-13-01 2001-12-14T21:59:43.10-05:00
2001-12-14 12h 12m 250m 512Mi 1Gi 10s 100ms 08m 1h30m 1M 1k 1E 1Ei 0x1m 1d
= << < > | |- >- ! !! !a & &a * *a ? ?a : :a a: a:b ::a @a `a % %a # #a a# , ,a [ ] [a] {a} { } {} [] '' "" ' " \\ / /a //
key:value http://a.b:80/c?d=e&f=g#h a=b a@b a*b a,b a;b (a) $a $(a) {{a}} {{ a }} a{b} a[b] it's "quoted" 'quoted'
latest sha256:abc main_agent app.kubernetes.io/name registry.example/l9/main-agent:6.0.0 --flag -f _a a_ a- a. a.b
""".split()

SPACED = [
    "", " ", "  ", "a b", " a", "a ", "a  b", "a: b", "a :b", "a : b", "a #b", "a# b", "# a", "- a", "-  a", "? a", ": a",
    "a - b", "a | b", "a, b", "a & b", "a * b", "a ! b", "a % b", "a @ b", "[a, b]", "{a: b}", "! a", "%YAML 1.2",
    "--- a", "... a", "---", "true false", "no way", "1 2", "1 m", "null and void", "~ home", "y n", "on: off",
    "\t", "\ta", "a\t", "a\tb", "a\t#b", "a:\tb", "-\ta", "key:\t", "\x00", "\x01", "\x07", "\x1b", "\x7f", "\x80", "\x85",
    "\x9f", "\xa0", "\xad", "a\x85b", "a\u2028b", "a\u2029b", "\ufeff", "a\ufeff", "\ufffe", "\uffff", "\ufffd", "\ue000",
    "\u200b", "\u202e", "é", "e\u0301", "größe", "日本語", "😀", "a😀b", "\U0001fffe", "\U000e0001", "\U0010ffff", "\u3000",
]  # fmt: skip

LINES = [
    "a\n", "\n", "\n\n", "a\nb", "a\nb\n", "a\nb\n\n", "a\nb\n\n\n", "\na", "\n\na\n", " a\nb", "a\n b", "a \nb", "a\n b\n",
    "a\n\nb", "a\n\n\nb\n", "a\n \nb", "a\n\t\nb", "\ta\nb", "a\n\tb", "a\tb\nc", "a\n#b", "#a\nb", "a\n---\nb", "---\na\n",
    "...\na\n", "a\n...\n", "- a\n- b\n", "a: b\nc: d\n", "a\r\nb", "a\rb", "\r", "a\n\r", "{{ a }}\nb\n", "%a\nb\n", "a\x85b\n",
    "a\u2028b\nc", "é\nü\n", "😀\n", "a\n ", "a\n  ", " \na", "  \n", "\n a", "a\n\n ", "|\na", ">-\na\n", "'a'\n\"b\"\n",
    "\\n\n", "key: |\n  text\n", "prompt:\n  {{ x }} # no\n\nEnd.\n", "x" * 2000 + "\n" + "y" * 2000, "a\n" * 50,
]  # fmt: skip

LONG = [
    "k" * 999,
    "k" * 1000,
    "k" * 1001,
    "k" * 1023,
    "k" * 1100,
    "é" * 500,
    "é" * 900,
    "no " * 400,
    "\x01" * 300,
    "a\n" * 600,
]

EVERYTHING = list(dict.fromkeys([*TRAPS, *SPACED, *LINES, *LONG]))

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text("ab01 \n\t-:#.,'\"\\|>&*!%@`{}[]?~=<yYnNoe_+\r\x85\u2028é", max_size=12),
    st.text("0123456789.eE+-_xobaf:mK", max_size=10),
    st.sampled_from(EVERYTHING),
)

# Keys that look alike are written apart and refused when read.
keys = texts.map(partial(unicodedata.normalize, "NFC"))


@pytest.mark.parametrize("text", EVERYTHING, ids=lambda text: ascii(text)[:40])
def test_trap_is_read_back_by_every_reader(text: str) -> None:
    data = {
        "value": text,
        text: "key",
        "list": [text, [text], {"a": text, text: text}],
        "deep": {"x": {text: [text]}},
    }
    for reader in IN_PROCESS:
        assert reader(write_yaml(data)) == data


def test_traps_are_read_back_by_kubectl() -> None:
    for data in ({f"k{n}": text for n, text in enumerate(EVERYTHING)}, {text: "v" for text in EVERYTHING}):
        assert kubectl(config_map(data)) == data


@settings(max_examples=250, deadline=None)
@given(keys, texts)
def test_any_string_is_read_back_by_every_reader(key: str, value: str) -> None:
    data = {key: value, "list": [value, {key: value}]}
    for reader in IN_PROCESS:
        assert reader(write_yaml(data)) == data


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.too_slow],
)
@given(st.lists(texts, min_size=60, max_size=200))
def test_any_strings_are_read_back_by_kubectl(drawn: list[str]) -> None:
    data = {text: value for text, value in itertools.pairwise([*drawn, *reversed(drawn)])}
    assert kubectl(config_map(data)) == data


atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
trees = st.dictionaries(
    keys, st.recursive(atoms, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12),
    max_size=5,
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(trees)
def test_any_data_is_read_back_with_its_types(data: dict[str, Any]) -> None:
    content = write_yaml(data)
    for reader in IN_PROCESS:
        assert typed(reader(content)) == typed(data)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_writing_what_was_read_changes_nothing(data: dict[str, Any]) -> None:
    once = write_yaml(data)
    assert write_yaml(ours(once)) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(trees, max_size=4))
def test_every_document_of_a_stream_is_read_back(documents: list[dict[str, Any]]) -> None:
    assert list(yaml.load_all(write_yaml(*documents), Loader=yaml.CSafeLoader)) == documents


def config_map(data: dict[str, str]) -> bytes:
    return write_yaml({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})


def typed(data: object) -> object:
    """Data in which 1, 1.0 and true differ."""
    if isinstance(data, dict):
        return {key: typed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [typed(value) for value in data]
    return type(data).__name__, repr(data)
