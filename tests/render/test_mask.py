"""Obvious secrets never reach a reader; references and plain prose do."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.render.mask import mask, secrets

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\nxyz=\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password: hunter2", "password: ***"),
        ("password: correct horse battery # why", "password: *** # why"),
        ("  db_password: 'it''s'", "  db_password: '***'"),
        ('"api_key": "a\\"b", "x": 1', '"api_key": "***", "x": 1'),
        ("DATABASE_PASSWORD=x1", "DATABASE_PASSWORD=***"),
        ("client-secret = abc", "client-secret = ***"),
        ("{token: abc, other: 1}", "{token: ***, other: 1}"),
        ("password: a#b", "password: ***"),
        ("password: |\n  one\n  two\nnext: 1", "password: |\n  ***\n  ***\nnext: 1"),
        ("- name: DB_PASSWORD\n  value: hunter2\n", "- name: DB_PASSWORD\n  value: ***\n"),
        ("AKIA" + "IOSFODNN7EXAMPLE", "***"),
        ("x ghp_" + "a1" * 18 + " y", "x *** y"),
        ("github_pat_" + "a1" * 20, "***"),
        ("glpat-" + "a1" * 10, "***"),
        ("key sk-proj-" + "a1" * 10, "key ***"),
        ("xoxb-" + "12345-abcde", "***"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
        ("eyJhbGciOiJI" + ".eyJzdWIiOiIx.SflKxwRJ", "***"),
        ("url: postgres://user:pw@db:5432/x", "url: postgres://***@db:5432/x"),
        (KEY, "-----BEGIN RSA PRIVATE KEY-----\n***\n***\n-----END RSA PRIVATE KEY-----"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----\n***"),
    ],
)
def test_a_secret_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 1024",
        "DATABASE_URL: {secret: main-agent-memory, key: url}",
        "secretName: main-agent-memory",
        "password:",
        'password: ""',
        "password: null",
        "token_limit: 5",
        "keyspace: agent_v6:main_agent:*",
        "password: {secret: main-agent, key: password}",
        "https://example.org/a@b",
        "contact: a@example.org",
        "task-runner-with-a-long-name-1",
        "sk-short",
        "registry.example/l9/main-agent:6.0.0",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "automountServiceAccountToken: false",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more_and_keeps_lines(text: str) -> None:
    once = mask(text)
    assert mask(once).count("\n") == once.count("\n") == text.count("\n")


@given(st.text(st.sampled_from("password:= |\n\"'sk-1a:/@{}#, \t"), max_size=60))
def test_ranges_are_sorted_apart_and_within_lines(text: str) -> None:
    found = secrets(text)
    assert all(start < end <= len(text) for start, end in found)
    assert all(one[1] < two[0] for one, two in pairwise(found))
    assert all("\n" not in text[start:end] for start, end in found)


PIECES = (
    "a", "password", "password:", "password: |\n", "token ", "://", "eyJ", "sk-", "name: token\n", " ", "\n",
    '"', "x-", "basic ", "xoxb-1", "  - a_token: |\n", "-----BEGIN PRIVATE KEY-----",
)  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    mask(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 5
