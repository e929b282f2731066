"""A secret goes only where whoever runs the command says."""

import pytest

from qpf.model.trust import Trust, trusted

SECRETS = {"TOKEN": "hush", "EMPTY": ""}


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("cache.example.com", "cache.example.com"),
        ("cache.example.com", "cache.example.com:6379"),
        ("Cache.example.com:6379", "cache.EXAMPLE.com:6379"),
        ("one, two  three", "two:1"),
        ("[::1]", "[::1]:6379"),
        ("::1", "[::1]:6379"),
        ("[::1]:6379", "[::1]:6379"),
    ],
)
def test_a_host_is_trusted_by_its_name_or_with_its_port(named: str, place: str) -> None:
    trust = Trust(SECRETS, trusted(named))
    assert trust.secret("TOKEN", place) == "hush"
    assert trust.said == ""


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("", "cache.example.com"),
        ("example.com", "cache.example.com"),
        ("cache.example.com", "cache.example.com.evil.org"),
        ("cache.example.com:6379", "cache.example.com"),
        ("cache.example.com:6379", "cache.example.com:1"),
        ("*", "cache.example.com"),
        ("", ""),
    ],
)
def test_no_other_host_is(named: str, place: str) -> None:
    trust = Trust(SECRETS, trusted(named))
    assert trust.secret("TOKEN", place) == ""
    assert trust.said == (
        "; TOKEN: not sent there, because a source names that host and QPF_TRUSTED_HOSTS does not"
    )


def test_what_is_not_there_is_not_withheld() -> None:
    trust = Trust(SECRETS, frozenset())
    assert trust.secret("EMPTY", "host") == trust.secret("NONE", "host") == trust.said == ""


def test_an_address_of_whoever_runs_the_command_gets_all() -> None:
    assert Trust(SECRETS).secret("TOKEN", "anywhere") == "hush"


def test_no_secret_is_shown() -> None:
    assert "hush" not in repr(Trust(SECRETS))
