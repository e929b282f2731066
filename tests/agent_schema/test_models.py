"""The section models: strict, closed, frozen, and every field explained."""

from typing import Any, get_args

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from qpf_plugins.agent_schema.deployment import Deployment
from qpf_plugins.agent_schema.sections import SECTIONS
from tests.agent_schema.build import LEAST
from tests.agent_schema.fields import EVERY, IDS

GUIDE = (
    "system integration governance memorytopology communicationstack reasoningengine collaborationnetwork "
    "learningsystem worldmodelintegration cursorinstructions deployment metadata"
)
MODELS = sorted({model for _, _, model, _, _ in EVERY}, key=lambda model: model.__name__)
# Numbers that count in nothing: a port, a dial, weights that only compare, bounds in their metric's unit.
WITHOUT_UNIT = {
    "deployment.port",
    "governance.escalationtriggers.*.above",
    "governance.escalationtriggers.*.below",
    "reasoningengine.temperature",
    "reasoningengine.weights",
}

NAMED = [(name, field) for name, (*_, field) in zip(IDS, EVERY, strict=True)]


def types_in(annotation: Any) -> set[Any]:
    """Every type a type is made of."""
    return {annotation}.union(
        *(
            types_in(argument)
            for argument in get_args(annotation)
            if isinstance(argument, type) or get_args(argument)
        )
    )


def test_sections_are_those_of_the_guide() -> None:
    assert [section.name for section in SECTIONS] == GUIDE.split()
    assert all(section.required for section in SECTIONS)


@pytest.mark.parametrize(("name", "field"), NAMED, ids=IDS)
def test_field_is_explained(name: str, field: FieldInfo) -> None:
    text = field.description or ""
    assert text[:1].isupper() or text.startswith("`"), name
    assert text.endswith("."), name


@pytest.mark.parametrize(("name", "field"), NAMED, ids=IDS)
def test_number_has_a_unit_and_bounds(name: str, field: FieldInfo) -> None:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if not {int, float} & types_in(field.annotation):
        return
    assert ("unit" in extra) != (name in WITHOUT_UNIT)
    if field.annotation in (int, float):
        assert any(isinstance(bound, Ge | Gt) for bound in field.metadata)
        assert any(isinstance(bound, Le | Lt) for bound in field.metadata)


@pytest.mark.parametrize(
    ("field", "example"),
    [pytest.param(field, each, id=name) for name, field in NAMED for each in field.examples or ()],
)
def test_example_is_valid(field: FieldInfo, example: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    assert adapter.validate_python(example, strict=True) is not None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_model_is_strict_closed_and_frozen(model: type[BaseModel]) -> None:
    assert model.model_config.get("strict") is True
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("frozen") is True
    assert model.__doc__


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_model_runs_no_python(model: type[BaseModel]) -> None:
    decorators = model.__pydantic_decorators__
    assert not decorators.validators
    assert not decorators.field_validators
    assert not decorators.model_validators
    assert not decorators.field_serializers


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_unknown_key_is_refused(section: Any) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        section.model.model_validate({**LEAST[section.name], "surprise": 1})


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_defaults_are_valid_themselves(section: Any) -> None:
    once = section.model.model_validate(LEAST[section.name]).model_dump()
    assert section.model.model_validate(once).model_dump() == once


@pytest.mark.parametrize("decision", ["mode", "humanoverride"])
def test_no_default_hides_a_decision_about_governance(decision: str) -> None:
    governance = {key: value for key, value in LEAST["governance"].items() if key != decision}
    model = next(section.model for section in SECTIONS if section.name == "governance")
    with pytest.raises(ValidationError, match=f"{decision}\n *Field required"):
        model.model_validate(governance)


@pytest.mark.parametrize(
    ("section", "path", "value"),
    [
        ("deployment", "timeout_ms", "2000"),
        ("deployment", "timeout_ms", 2000.5),
        ("deployment", "port", 80),
        ("deployment", "replicas", True),
        ("deployment", "image", "registry.example/fleet/agent"),
        ("deployment", "secrets", {"DATABASE_URL": "postgresql://user:word@host/db"}),
        ("deployment", "endpoints", {"match": {"path": "v1/match", "description": "Matches."}}),
        ("governance", "mode", "free"),
        ("governance", "humanoverride", "yes"),
        ("governance", "thresholds", {"confidence": 1.5}),
        ("integration", "methods", {"work": {"description": "Works.", "implementation": "some.module.work"}}),
        ("integration", "methods", {"Work": {"description": "Works.", "implementation": "some.module:work"}}),
        ("integration", "imports", ["../secrets"]),
        ("cursorinstructions", "linkexisting", ["../outside.py"]),
        ("cursorinstructions", "linkexisting", ["/etc/passwd"]),
        ("memorytopology", "episodicmemory", {"storagetype": "sqlite", "retention": "90_days"}),
        ("memorytopology", "workingmemory", {"storagetype": "redis", "keyspace": "agent_v6:main_agent"}),
        ("reasoningengine", "temporalscope", "365_days"),
        ("communicationstack", "input", {"ask": {"packet": "question", "description": "Asks.", "flow": []}}),
        ("metadata", "versionhash", "abc"),
    ],
)
def test_wrong_value_is_refused(section: str, path: str, value: object) -> None:
    model = next(each.model for each in SECTIONS if each.name == section)
    with pytest.raises(ValidationError):
        model.model_validate({**LEAST[section], path: value})


@pytest.mark.parametrize(
    ("quantity", "good"),
    [
        ("250m", True),
        ("2", True),
        ("0.5", True),
        ("1.5", True),
        ("0", False),
        ("1 core", False),
        ("2Gi", False),
    ],
)
def test_processor_time(quantity: str, good: bool) -> None:  # noqa: FBT001 - a table column
    wanted = {"requests": {"cpu": quantity, "memory": "1Gi"}, "limits": {"cpu": "4", "memory": "1Gi"}}
    try:
        Deployment.model_validate({**LEAST["deployment"], "resources": wanted})
    except ValidationError:
        assert not good
    else:
        assert good
