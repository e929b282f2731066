"""What editors need that know JSON Schema and not us: the schemas, and which files they are about."""

import json
from collections.abc import Mapping

from qpf.cli.schema_document import KINDS, file_name, schema_document, schema_text
from qpf.host.registry import Registry

SETTINGS = ".vscode/settings.json"
"""Read by VS Code and by those that follow it."""

SCHEMAS = ".qpf/schemas"
"""Where the schemas lie: beside what else is made from sources and not committed."""


def settings() -> bytes:
    """Settings for YAML support that is built on yaml-language-server."""
    schemas = {f"./{SCHEMAS}/{file_name(kind)}": each.files for kind, each in KINDS.items()}
    return (json.dumps({"yaml.schemas": schemas}, indent=2) + "\n").encode()


def schema_files(registry: Registry) -> Mapping[str, bytes]:
    """The schema of every kind of file, by path."""
    return {f"{SCHEMAS}/{file_name(kind)}": schema_text(schema_document(kind, registry)) for kind in KINDS}
