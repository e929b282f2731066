"""Options: strict, described, and hostile values refused."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from qpf_plugins.kubernetes import options as module
from qpf_plugins.kubernetes.options import Options

MODELS = [
    each
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == module.__name__
]


def test_only_the_namespace_is_required() -> None:
    known = Options.model_validate({"namespace": "l9"})
    assert known.monitoring_namespace == "monitoring"
    assert known.storage.size == "1Gi"
    assert Options.model_validate(known.model_dump()) == known


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"namespace": "L9"},
        {"namespace": "l9\n"},
        {"namespace": "-l9"},
        {"namespace": "a" * 64},
        {"namespace": "l9", "run_as_user": 0},
        {"namespace": "l9", "run_as_user": "10001"},
        {"namespace": "l9", "storage": {"size": "1 GB"}},
        {"namespace": "l9", "namespaces": []},
        {"namespace": "l9", "services": {"redis": {"port": 6379}}},
        {"namespace": "l9", "services": {"redis": {"namespace": "data", "cidr": "10.0.0.0/8", "port": 6379}}},
        {
            "namespace": "l9",
            "services": {"redis": {"cidr": "10.0.0.0/8", "labels": {"a": "b"}, "port": 6379}},
        },
        {"namespace": "l9", "services": {"redis": {"cidr": "10.0.0.1/8", "port": 6379}}},
        {"namespace": "l9", "services": {"redis": {"cidr": "999.0.0.0/8", "port": 6379}}},
        {"namespace": "l9", "services": {"redis": {"namespace": "data", "port": 0}}},
        {"namespace": "l9", "services": {"redis": {"namespace": "data", "labels": {"a b": "c"}, "port": 1}}},
        {"namespace": "l9", "priority_classes": {"urgent": "x"}},
    ],
)
def test_what_the_cluster_would_refuse_is_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(options)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_option_says_what_it_is(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []
