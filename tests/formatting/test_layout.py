"""The order in which keys are kept, of each kind of file and at each of its places."""

import pytest

from qpf.formatting.fleet import layout_of
from qpf.host.registry import load_registry
from qpf.model.path import Path

LAYOUT = layout_of(load_registry().value)
STEP = "5.9.0 -> 6.0.0"
VALUES, SPLIT = ["path", "values", "otherwise"], ["path", "into", "separator"]


@pytest.mark.parametrize(
    ("source", "path", "keys"),
    [
        ("migrations/one.yaml", ("operations", 3, "value_map"), VALUES),
        ("migrations/one.yaml", ("operations", 0, "field_rename"), ["from", "to"]),
        ("migrations/one.yaml", ("operations", 0, "value_map", "values"), []),
        ("qpf.yaml", ("schema_evolution", "migrations", STEP, 0, "split"), SPLIT),
        ("base/one.yaml", ("schema_evolution", "migrations", STEP, 0, "value_map"), VALUES),
        ("glue.yaml", ("schema_evolution", "migrations", STEP, 0, "value_map"), []),
        ("agents/one.yaml", ("deployment", "resources"), ["requests", "limits"]),
        ("environments/dev/environment.yaml", ("overrides", "all", "deployment", "resources"),
         ["requests", "limits"]),
        ("environments/dev/environment.yaml", ("overrides", "agents", "one", "deployment", "resources"),
         ["requests", "limits"]),
        ("environments/dev/environment.yaml", ("overrides", "agents"), []),
        ("sub/one.yaml", ("adds",), []),
    ],
)  # fmt: skip
def test_keys_are_kept_as_fields_of_what_reads_them_stand(source: str, path: Path, keys: list[str]) -> None:
    order = LAYOUT.order_of(source)
    assert order is not None
    assert list(order(path)) == keys


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("base/one.yaml", ()), ("environments/dev/environment.yaml", ("overrides", "all")),
        ("environments/dev/environment.yaml", ("overrides", "agents", "one")),
    ],
)  # fmt: skip
def test_sections_stand_in_their_order_wherever_they_stand(source: str, path: Path) -> None:
    order = LAYOUT.order_of(source)
    assert order is not None
    sections = [*load_registry().value.layout]
    assert [key for key in order(path) if key in sections] == sections


def test_what_is_no_schema_has_no_order() -> None:
    assert LAYOUT.order_of("README.md") is None
