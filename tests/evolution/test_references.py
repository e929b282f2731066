"""What templates call a field follows the field, and nothing else of their text changes."""

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qpf.evolution.references.constraint_mentions import constraint_mentions
from qpf.evolution.references.renames import Renames
from qpf.evolution.references.template_mentions import template_mentions
from qpf.model.migration import FieldAdd, FieldMove, FieldRemove, FieldRename, Migration
from qpf.model.path import parse_path
from qpf.render.migration import say_change
from qpf.syntax.placed import UnreadableTextError
from qpf.syntax.template import TemplateSet
from tests.evolution.documents import BODIES, makes_sense, moves, step, taken
from tests.evolution.referring import RENAME, STEPS, followed

TEMPLATES = [
    ("{{ re.model }}", "{{ re.main }}"),
    ("{{ re['model'] }} {{ re [ \"model\" ] . x }}", "{{ re['main'] }} {{ re [ \"main\" ] . x }}"),
    (
        "{{ values.re.model }} {{ agent['values'].re.model }}",
        "{{ values.re.main }} {{ agent['values'].re.main }}",
    ),
    ("{{ re.model.name | upper }}{{ f(re.model) }}", "{{ re.main.name | upper }}{{ f(re.main) }}"),
    ("{{ re.get('model') }} {{ re | attr('model') }}", "{{ re.get('main') }} {{ re | attr('main') }}"),
    (
        "{% if 'model' in re and re.model is defined %}{% endif %}",
        "{% if 'main' in re and re.main is defined %}{% endif %}",
    ),
    ("{{ meta.image }} {{ meta.owner }}", "{{ deploy.image }} {{ meta.owner }}"),
    ("{{ re.limit }} {{ re['limit'].x }}", "{{ re.tuning.limit }} {{ re['tuning']['limit'].x }}"),
    ("{{ re.old.speed }} {{ re.old['speed'] }}", "{{ re.speed }} {{ re.speed }}"),
    ("{{ re.mode }} {{ re['mode'] }}", "{{ re[\"mode-of-work\"] }} {{ re['mode-of-work'] }}"),
    (
        "{{ keep.days }} {% for k in keep %}{{ k }}{% endfor %}",
        "{{ archive.days }} {% for k in archive %}{{ k }}{% endfor %}",
    ),
    ("{% set r = re %}{{ r.model }}", "{% set r = re %}{{ r.main }}"),
    ("{% set k = keep %}{{ k.days }}", "{% set k = archive %}{{ k.days }}"),
    ("{% with r = re %}{{ r.model }}{% endwith %}", "{% with r = re %}{{ r.main }}{% endwith %}"),
    (
        "{% for n, s in stores.items() %}{{ s.kind }}{{ stores[n].kind }}{% endfor %}",
        "{% for n, s in stores.items() %}{{ s.type }}{{ stores[n].type }}{% endfor %}",
    ),
    (
        "{% for s in stores.values() | sort(attribute='kind') %}{{ s.kind }}{% endfor %}",
        "{% for s in stores.values() | sort(attribute='type') %}{{ s.type }}{% endfor %}",
    ),
    (
        "{% for n, s in stores | dictsort %}{{ s.kind }}{% endfor %}",
        "{% for n, s in stores | dictsort %}{{ s.type }}{% endfor %}",
    ),
    (
        "{% if x %}{% set r = re %}{% else %}{% set r = re %}{% endif %}{{ r.model }}",
        "{% if x %}{% set r = re %}{% else %}{% set r = re %}{% endif %}{{ r.main }}",
    ),
    (
        "{% extends 'b' %}{% block a %}{{ r.model }}{% endblock %}{% set r = re %}",
        "{% extends 'b' %}{% block a %}{{ r.main }}{% endblock %}{% set r = re %}",
    ),
    (
        "{%- if a -%}\r\n  {{- re.model -}}\r\n{%- endif %}\r",
        "{%- if a -%}\r\n  {{- re.main -}}\r\n{%- endif %}\r",
    ),
]


@pytest.mark.parametrize(("before", "after"), TEMPLATES)
def test_a_reference_follows_its_field(before: str, after: str) -> None:
    outcome = followed(before)
    assert outcome.after.decode() == after
    assert outcome.stale
    assert outcome.changes
    assert not outcome.refused


@pytest.mark.parametrize(
    "text",
    [
        "re.model {# {{ re.model }} #} {% raw %}{{ re.model }}{% endraw %} {{ 're.model' }}",
        "{{ re.models }} {{ re.model_x }} {{ x.re.model }} {{ model }} {{ re }}",
        "{% set re = other %}{{ re.model }}",
        "{% for re in others %}{{ re.model }}{% endfor %}",
        "{% for model in re %}{{ re[model] }}{{ model }}{% endfor %}",
        "{% set r = re %}{% set r = x.y %}{{ r.model }}",
        "{% import 'm' as re %}{{ re.model }}",
        "{{ re.model",
        "{{ keep }} {{ keep | upper }}",
    ],
)
def test_what_speaks_of_no_renamed_field_is_not_touched(text: str) -> None:
    outcome = followed(text)
    assert outcome.after == text.encode()
    assert (outcome.stale, outcome.refused, outcome.doubtful) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% set m = meta %}{{ m.image }}", "its parts are written in different places"),
        ("{{ re['mo' ~ 'del'] }} ", "its name is put together"),
        ("{{ re.get('limit') }}", "more or fewer names cannot be written there"),
        ("{% set deploy = 1 %}{{ meta.image }}", "its new name would mean something else there"),
    ],
)
def test_what_cannot_follow_is_refused_with_the_reason(text: str, why: str) -> None:
    outcome = followed(text)
    assert outcome.after == text.encode()
    (found,) = outcome.refused
    assert found.message.endswith(f"this reference cannot follow: {why}")


def test_a_reference_that_cannot_follow_keeps_no_other_back() -> None:
    outcome = followed("{% set deploy = 1 %}{{ meta.image }}{{ re.model }}")
    assert outcome.after == b"{% set deploy = 1 %}{{ meta.image }}{{ re.main }}"
    assert len(outcome.refused) == 1


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("{{ re[x].y }} {# model #}", 6, "which field of `re` this is, nobody knows beforehand"),
        ("{% macro m(r) %}{{ r.model }}{% endmacro %}", 22, "`r` is a parameter of a macro"),
        ("{% set n = namespace() %}{% set n.r = re %}{{ n.r.model }}", None, "`n` is a namespace"),
        ("{% for k, v in re.items() if k != 'model' %}{% endfor %}", 35, "this text may be its name"),
        ("{% set r = a.b if c else re %}{{ r.model }}", 36, "it may belong to one thing or another"),
    ],
)
def test_what_cannot_be_decided_is_said_and_never_guessed(text: str, column: int | None, why: str) -> None:
    steps = (step(RENAME),)
    outcome = followed(text, steps=steps)
    assert outcome.after == text.encode()
    if column is None:
        return
    (found,) = outcome.doubtful
    assert found.code.id == "QPF818"
    assert found.message.endswith(why)
    assert found.span is not None
    assert found.span.column == column


def test_a_name_follows_through_all_steps() -> None:
    later = Migration("2.0.0", "3.0.0", (FieldMove("re.main", "llm.main"),))
    outcome = followed("{{ re.model }}{{ re.main }}", steps=(*STEPS, later))
    assert outcome.after == b"{{ llm.main }}{{ llm.main }}"
    assert [change.step.title for change in outcome.changes] == [
        "1.0.0 → 2.0.0", "2.0.0 → 3.0.0", "2.0.0 → 3.0.0",
    ]  # fmt: skip


def test_a_name_below_each_item_is_shown_as_people_write_it() -> None:
    (change,) = followed("{% for n, s in stores.items() %}{{ s.kind }}{% endfor %}").changes
    assert say_change(change) == "stores.*.kind → stores.*.type"


def test_a_name_that_was_made_again_is_not_stale() -> None:
    again = Migration("2.0.0", "3.0.0", (FieldAdd("re.model", "x", has_default=True),))
    assert not followed("{{ re.model }}", steps=(*STEPS, again)).stale
    swap = step(FieldRename("re.a", "re.b"), FieldRename("re.b", "re.a"))
    assert not followed("{{ re.a }}{{ re.b }}", steps=(swap,)).stale


def test_a_field_that_was_renamed_and_removed_is_refused() -> None:
    later = Migration("2.0.0", "3.0.0", (FieldRemove("re.main", lossy=True),))
    (found,) = followed("{{ re.model }}", steps=(*STEPS, later)).refused
    assert found.message == (
        "`re.model` is gone since 3.0.0; this reference cannot follow: the field is no more"
    )


def test_bytes_that_are_no_text_and_a_byte_order_mark_stay() -> None:
    before = b"\xef\xbb\xbf{{ re.model }} \xff\xfe {{ re.model }}\r\n"
    outcome = followed(before)
    assert outcome.after == before.replace(b"model", b"main")
    assert [found.span and found.span.column for found in outcome.stale] == [7, 25]


JUNK = st.sampled_from(
    [
        "",
        " ",
        "a.b",
        "{# a.b {{ a.b }} #}",
        "\r\n",
        "\n  ",
        "é",
        "{% raw %}{{ a.b }}{% endraw %}",
        "{{ 'a.b' }}",
    ]
)


def spelt(path: tuple[str, ...], brackets: list[bool]) -> str:
    """A way to a field, with dots or brackets."""
    parts = [
        f"['{part}']" if quoted or "-" in part else f".{part}"
        for part, quoted in zip(path, brackets, strict=False)
    ]
    return "".join(parts)


def fields(body: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The ways to all that holds nothing else."""
    if not isinstance(body, dict):
        return [at]
    return [path for key, inner in body.items() for path in fields(inner, (*at, key))]


@given(BODIES.filter(bool), st.lists(moves(), min_size=1, max_size=3), st.data())
def test_a_rewritten_template_prints_of_migrated_values_what_it_printed_of_the_old(body, operations, data):
    migration = step(*operations)
    assume(makes_sense(migration))
    after = taken(body, *operations)
    renames = Renames((migration,))
    assume(isinstance(after, dict))
    assume(all(renames.hops(parse_path(each.old)) for each in operations))
    ways = [path for path in fields(body) if len(path) > 1 and "-" not in path[0]]
    assume(ways)
    pieces, between = [], [data.draw(JUNK)]
    for path in data.draw(st.lists(st.sampled_from(ways), min_size=1, max_size=4)):
        quoted = data.draw(st.lists(st.booleans(), min_size=len(path), max_size=len(path)))
        if data.draw(st.booleans()):
            pieces.append(f"{{{{ {path[0]}{spelt(path[1:], quoted)} | json }}}}")
        else:
            setting = f"{{% set q = {path[0]}{spelt(path[1:2], quoted)} %}}"
            pieces.append(f"{setting}{{{{ q{spelt(path[2:], quoted)} | json }}}}")
        between.append(data.draw(JUNK))
    text = between[0] + "".join(piece + junk for piece, junk in zip(pieces, between[1:], strict=True))
    outcome = followed(text, steps=(migration,))
    new = outcome.after.decode()
    assert followed(new, steps=(migration,)).after == outcome.after
    if not outcome.refused:
        assert TemplateSet({"t": text}).render("t", body) == TemplateSet({"t": new}).render("t", after)
    pattern = re.escape(between[0]) + "".join(rf"\{{[{{%].*?\}}\}}{re.escape(junk)}" for junk in between[1:])
    assert re.fullmatch(pattern, new, re.DOTALL)


@given(st.text(st.sampled_from("{}%[]()\"'.:,=#\\ \n?!|abfor_in1"), max_size=40))
def test_any_text_is_looked_into_or_left_alone(text):
    for look in (template_mentions, constraint_mentions):
        try:
            found = look(text)
        except UnreadableTextError:
            continue
        for part in (part for each in found.references for part in each.parts if part.style):
            assert text.replace("\r", "")[part.start : part.end] == str(part.name)
