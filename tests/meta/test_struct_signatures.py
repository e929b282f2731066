"""The reference shows how a value is made as Python sees it."""

import inspect
from pathlib import Path
from typing import Any

import griffe
import pytest
from msgspec import Struct

from qpf import api
from tools.struct_signatures import StructSignatures

ROOT = Path(__file__).parent.parent.parent
STRUCTS = {
    name: value
    for name in api.__all__
    if isinstance(value := getattr(api, name), type) and issubclass(value, Struct)
}


@pytest.fixture(scope="module")
def package() -> griffe.Object:
    extensions = griffe.load_extensions(StructSignatures())
    found = griffe.load("qpf.model", search_paths=[ROOT / "compiler"], extensions=extensions)
    assert isinstance(found, griffe.Object)
    return found


def test_most_of_what_plugins_are_made_of_are_structs() -> None:
    assert {"Agent", "Artifact", "FieldRename", "Pass", "SinkOptions", "Trust"} <= STRUCTS.keys()


@pytest.mark.parametrize("name", STRUCTS)
def test_a_struct_is_shown_with_its_parameters(name: str, package: griffe.Object) -> None:
    struct: Any = STRUCTS[name]
    shown = package[f"{struct.__module__.removeprefix('qpf.model.')}.{name}"]
    real = inspect.signature(struct).parameters.values()
    assert [(each.name, each.kind.value, each.default is None) for each in shown.parameters][1:] == [
        (each.name, each.kind.description, each.default is inspect.Parameter.empty) for each in real
    ]
