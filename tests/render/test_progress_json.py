"""Events as JSON lines: every field under its own name, no secret, as the page says that documents them."""

import json
import re
from pathlib import Path
from typing import get_args

from qpf.model.event import Event, ExtractionFinished, Planned
from qpf.render.progress_json import masked, render_event

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "follow-a-compile.md"
FAILED = ExtractionFinished(
    at=1.0, environment="dev", agent="a", origin="built", seconds=0.5, parts={"code": 0.25},
    error="no login with password: hunter2 at café",
)  # fmt: skip


def test_every_field_has_its_own_name() -> None:
    document = json.loads(render_event(FAILED))
    assert list(document) == ["version", "event", *FAILED.__struct_fields__]
    assert document["event"] == "extraction_finished"
    assert document["parts"] == {"code": 0.25}


def test_tuples_are_lists() -> None:
    event = Planned(at=0.5, environment="dev", agents={"a": 0.0, "b": 2.5}, dependencies={"b": ("a",)})
    assert json.loads(render_event(event))["dependencies"] == {"b": ["a"]}


def test_a_line_is_one_line_of_ascii() -> None:
    assert render_event(FAILED).isascii()
    assert "\n" not in render_event(FAILED)


def test_no_secret_is_shown_or_passed_on() -> None:
    assert "hunter2" not in render_event(FAILED)
    assert masked(FAILED) == ExtractionFinished(
        at=1.0, environment="dev", agent="a", origin="built", seconds=0.5, parts={"code": 0.25},
        error="no login with password: ***",
    )  # fmt: skip


def test_the_page_names_every_event_and_every_key() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name: set(re.findall(r"`(\w+)`", keys)) for name, keys in rows}
    for kind in get_args(Event):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        assert documented[name] == set(kind.__struct_fields__) - {"at"}


def test_examples_of_the_page_have_every_key() -> None:
    kinds = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in get_args(Event)}
    lines = re.findall(r'^\{"version": 1, "event".*$', PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        document = json.loads(line)
        keys = list(kinds[document["event"]].__struct_fields__)
        assert list(document) == ["version", "event", *keys]
