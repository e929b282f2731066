"""Names of the schema as names of Python: classes, modules, and which names are not to be had."""

import re
import sys
from functools import lru_cache

NAME = "python_agent"
"""What `targets:` calls the emitter."""

PACKAGES = frozenset(
    {
        "agents",
        "tests",
        "qpf_runtime",
        "qpf",
        "qpf_plugins",
        "pydantic",
        "pytest",
        "numpy",
        "starlette",
        "uvicorn",
    }
    | {"sqlalchemy", "httpx", "prometheus_client"}
)
"""Packages an agent's own must not hide; the standard library's are added to these."""

MODULES = frozenset({"agent", "build", "config", "core", "packets", "runtime"})
"""Modules of every agent's package, and the names `build` uses."""

CLASSES = frozenset({"ClassVar", "Component", "Turn"})
"""Classes that stand beside a component's own."""

PACKETS = frozenset({"ClassVar", "Field", "Packet"})
"""Classes that stand beside a packet's own."""

METHODS = frozenset({"agent", "name"})
"""Attributes every component has."""

FIELDS = frozenset(
    {
        "kind",
        "version",
        "payload",
        "read",
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "parse_file",
        "parse_obj",
    }
    | {"parse_raw", "schema", "schema_json", "update_forward_refs", "validate"}
)
"""Attributes every packet has beside those that begin with `model_`."""

_DIGIT = ord("0")
_NUMBER_OR_CHARACTER = re.compile(r"[0-9]+|.", re.DOTALL)
_PYDANTIC = frozenset(
    {"model_computed_fields", "model_config", "model_construct", "model_copy", "model_extra", "model_fields"}
    | {"model_fields_set", "model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild"}
)


def class_name(name: str) -> str:
    """The class of a module or packet kind: `packet_router` becomes `PacketRouter`."""
    return "".join([part.capitalize() for part in name.split("_")])


def distribution(name: str) -> str:
    """The distribution of an agent: `main_agent` becomes `main-agent`."""
    return "-".join([part for part in name.split("_") if part])


@lru_cache(maxsize=4096)
def natural(text: str) -> tuple[tuple[int, int], ...]:
    """Sort key of import statements: by character, but a number by its value."""
    return tuple(
        [
            (_DIGIT, int(part)) if part.isdigit() else (ord(part), 0)
            for part in _NUMBER_OR_CHARACTER.findall(text)
        ]
    )


def is_standard(name: str) -> bool:
    """Whether the standard library has a module of this name."""
    return name in sys.stdlib_module_names


def is_packet_attribute(field: str) -> bool:
    """Whether pydantic or the runtime's `Packet` has an attribute of this name, or keeps it for itself."""
    return field in FIELDS or field in _PYDANTIC or field.startswith(("model_dump", "model_validate"))
