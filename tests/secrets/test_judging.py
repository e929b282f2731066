"""Secrets are found where they stand, and what only looks like one is let pass."""

import pytest

from qpf.render.mask import mask
from qpf_plugins.secrets.judging import secrets_in
from tests.secrets.samples import CLEAN, CLEAN_CODE, CODE_SECRETS, SECRETS, SEVERAL


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_found_once_and_where_it_stands(name: str) -> None:
    text, secret = SECRETS[name]
    (found,) = secrets_in("agents/a.yaml", text)
    assert text[found.start : found.end] == secret


@pytest.mark.parametrize(
    "piece", ["{{}}", "{%%}", "${", "${}", "${{}}", "/{{}}", "a.", "-", "$a", "%s", "<a>", ":", "{a()}", "$("]
)
@pytest.mark.parametrize("begin", ["", "/", "@", "env:", "arn:", "${"])
def test_no_value_is_puzzled_over(begin: str, piece: str) -> None:
    found = list(secrets_in("agents/a.yaml", f"password: '{begin}{piece * 2000}!hunter2-X9'"))
    assert len(found) == 1


@pytest.mark.parametrize("name", SEVERAL)
def test_no_secret_hides_another(name: str) -> None:
    text, secrets = SEVERAL[name]
    assert [text[found.start : found.end] for found in secrets_in("agents/a.yaml", text)] == secrets


@pytest.mark.parametrize("name", CODE_SECRETS)
@pytest.mark.parametrize("path", ["logic/a.py", "templates/python_agent/config.py.jinja"])
def test_a_secret_in_code_is_found(name: str, path: str) -> None:
    text, secret = CODE_SECRETS[name]
    (found,) = secrets_in(path, text)
    assert text[found.start : found.end] == secret


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_no_secret_is_let_pass(name: str) -> None:
    assert list(secrets_in("agents/a.yaml", CLEAN[name])) == []


@pytest.mark.parametrize("name", CLEAN_CODE)
@pytest.mark.parametrize("path", ["logic/a.py", "base/constraints/a.cue"])
def test_code_is_no_secret(name: str, path: str) -> None:
    assert list(secrets_in(path, CLEAN_CODE[name])) == []


@pytest.mark.parametrize("name", SECRETS)
def test_whatever_is_found_is_hidden_by_every_renderer(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret not in mask(text)


@pytest.mark.parametrize("name", SEVERAL)
def test_all_that_is_found_is_hidden(name: str) -> None:
    text, secrets = SEVERAL[name]
    assert [secret for secret in secrets if secret in mask(text)] == []
