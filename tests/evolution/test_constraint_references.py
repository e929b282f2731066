"""What constraints call a field follows the field, and nothing else of their text changes."""

import pytest

from tests.evolution.referring import RENAME, constraint

CONSTRAINTS = [
    ("re: model: string", "re: main: string"),
    (
        "re: {\n\tmodel?: string // re.model\n\tx: model\n}",
        "re: {\n\tmain?: string // re.model\n\tx: main\n}",
    ),
    ('"re": {"model": "model"}', '"re": {"main": "model"}'),
    ('#Agent: {re: #R}\n#R: {model!: =~"a"}', '#Agent: {re: #R}\n#R: {main!: =~"a"}'),
    ('re: {...}\nif re.model != _|_ {x: re["model"]}', 're: {...}\nif re.main != _|_ {x: re["main"]}'),
    ('x: "\\(re.model) re.model"', 'x: "\\(re.main) re.model"'),
    ("meta: image: string", "deploy: image: string"),
    ("meta: {...}\ndeploy: {...}\nx: meta.image", "meta: {...}\ndeploy: {...}\nx: deploy.image"),
    ("re: limit: >0", "re: tuning: limit: >0"),
    ("re: old: speed: >0", "re: speed: >0"),
    ('stores: [string]: kind: "a" | "b"', 'stores: [string]: type: "a" | "b"'),
    (
        "stores: [N=string]: {kind: N}\nx: [for k, s in stores {s.kind}]",
        "stores: [N=string]: {type: N}\nx: [for k, s in stores {s.type}]",
    ),
    ("re: mode: string", 're: "mode-of-work": string'),
    ("let r = re\nx: r.model\nre: {...}", "let r = re\nx: r.main\nre: {...}"),
    ("re: R={x: R.model}", "re: R={x: R.main}"),
    ("keep: {days: int}\nx: keep.days", "archive: {days: int}\nx: archive.days"),
    ('re: close({model: string}) & {model: "x"}', 're: close({main: string}) & {main: "x"}'),
]


@pytest.mark.parametrize(("before", "after"), CONSTRAINTS)
def test_a_constraint_follows_its_field(before: str, after: str) -> None:
    outcome = constraint(before)
    assert outcome.after.decode() == after
    assert outcome.stale
    assert not outcome.refused


@pytest.mark.parametrize(
    "text",
    [
        '// re.model\nx: "re.model" & \'re.model\' & """\n\tre.model\n\t""" & #"\\(re.model)"#',
        "x: re: model: string\nre: models: string\nmodel: re",
        'import "a/re"\nx: re.model',
        "x: {re: {...}, y: re.model}",
        "re: {x: model: string}",
        "re: model: {",
        'a: "unclosed\nre: model: int',
        "re: @model(model) x: int",
    ],
)
def test_what_constrains_no_renamed_field_is_not_touched(text: str) -> None:
    outcome = constraint(text, RENAME)
    assert outcome.after == text.encode()
    assert (outcome.stale, outcome.refused, outcome.doubtful) == ((), (), ())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("meta: {image: string}", "its parts are written in different places"),
        ("re: limit?: int", "more or fewer names cannot be written there"),
        ("meta: {...}\nx: meta.image", "its new name would mean something else there"),
    ],
)
def test_a_constraint_that_cannot_follow_is_refused_with_the_reason(text: str, why: str) -> None:
    outcome = constraint(text)
    assert outcome.after == text.encode()
    assert {found.message.rpartition(": ")[2] for found in outcome.refused} == {why}


def test_a_constraint_over_computed_keys_is_said_and_never_guessed() -> None:
    outcome = constraint('re: [=~"^mo"]: string\nx: re[k] & #M.model\n#M: {model: 1}\na: #M\nb: #M', RENAME)
    assert sorted(found.span.line for found in outcome.doubtful if found.span) == [1, 2, 2, 3]
