"""Secrets are found where they stand, and what only looks like one is let pass."""

import time
from pathlib import Path

import pytest

from qpf.render.mask import mask
from qpf_plugins.secrets.judging import secrets_in
from tests.secrets.samples import (
    CLEAN,
    CLEAN_CODE,
    CLEAN_DATA,
    CLEAN_TEMPLATES,
    CODE_SECRETS,
    DATA_FILES,
    DATA_SECRETS,
    SECRETS,
    SEVERAL,
)

ROOT = Path(__file__).parent.parent.parent


def found_in(path: str, text: str) -> list[str]:
    return [text[found.start : found.end] for found in secrets_in(path, text)]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_found_once_and_where_it_stands(name: str) -> None:
    text, secret = SECRETS[name]
    assert found_in("agents/a.yaml", text) == [secret]


@pytest.mark.parametrize(
    "piece", ["{{}}", "{%%}", "${", "${}", "${{}}", "/{{}}", "a.", "-", "$a", "%s", "<a>", ":", "{a()}", "$("]
)
@pytest.mark.parametrize("begin", ["", "/", "@", "env:", "arn:", "${"])
def test_no_value_is_puzzled_over(begin: str, piece: str) -> None:
    assert len(found_in("agents/a.yaml", f"password: '{begin}{piece * 2000}!hunter2-X9'")) == 1


@pytest.mark.parametrize("template", ["", ".jinja"])
@pytest.mark.parametrize("piece", ["  a\n", "  {{ a\n", "  }}\n", "  token: a\n"])
def test_no_text_takes_long(piece: str, template: str) -> None:
    started = time.perf_counter()
    assert found_in(f"a.yaml{template}", "token: |\n" + piece * (200_000 // len(piece))) == []
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("name", SEVERAL)
def test_no_secret_hides_another(name: str) -> None:
    text, secrets = SEVERAL[name]
    assert found_in("agents/a.yaml", text) == secrets


@pytest.mark.parametrize("name", CODE_SECRETS)
@pytest.mark.parametrize("path", ["logic/a.py", "templates/python_agent/config.py.jinja"])
def test_a_secret_in_code_is_found(name: str, path: str) -> None:
    text, secret = CODE_SECRETS[name]
    assert found_in(path, text) == [secret]


@pytest.mark.parametrize("template", ["", ".jinja"])
@pytest.mark.parametrize("file", DATA_FILES)
def test_a_literal_needs_no_quotes_in_data_and_templates_of_data(file: str, template: str) -> None:
    found = {name: found_in(file + template, text) for name, (text, _) in DATA_SECRETS.items()}
    assert found == {name: [secret] for name, (_, secret) in DATA_SECRETS.items()}


@pytest.mark.parametrize("template", ["", ".jinja"])
@pytest.mark.parametrize("file", DATA_FILES)
def test_a_reference_in_data_is_let_pass(file: str, template: str) -> None:
    found = {name: found_in(file + template, text) for name, text in CLEAN_DATA.items()}
    assert found == {name: [] for name in CLEAN_DATA}


@pytest.mark.parametrize("name", CLEAN_TEMPLATES)
@pytest.mark.parametrize("file", DATA_FILES)
def test_an_expression_of_a_template_is_code(file: str, name: str) -> None:
    assert found_in(f"{file}.jinja", CLEAN_TEMPLATES[name]) == []


@pytest.mark.parametrize(
    "path",
    sorted(
        str(path.relative_to(ROOT))
        for folder in ("plugins", "templates", "tests/fixtures", "tests/fleets")
        for path in (ROOT / folder).rglob("*.jinja")
        if "broken" not in path.parts
    ),
)
def test_the_templates_we_have_hold_none(path: str) -> None:
    assert found_in(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_no_secret_is_let_pass(name: str) -> None:
    assert found_in("agents/a.yaml", CLEAN[name]) == []


@pytest.mark.parametrize("name", CLEAN_CODE)
@pytest.mark.parametrize("path", ["logic/a.py", "base/constraints/a.cue"])
def test_code_is_no_secret(name: str, path: str) -> None:
    assert found_in(path, CLEAN_CODE[name]) == []


@pytest.mark.parametrize("name", SECRETS)
def test_whatever_is_found_is_hidden_by_every_renderer(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret not in mask(text)


@pytest.mark.parametrize("name", SEVERAL)
def test_all_that_is_found_is_hidden(name: str) -> None:
    text, secrets = SEVERAL[name]
    assert [secret for secret in secrets if secret in mask(text)] == []
