"""The reference of the fleet's own files and of the emitters' options."""

from qpf.evolution.approvals import ApprovalFile
from qpf.evolution.steps import SchemaEvolution, StepFile
from qpf.stages import headers
from tools import installed
from tools.schema_table import fields, table

FILES = """\
# Files of a fleet

Names are lower-case words joined by underscores; a schema's `name` is its file's. Beside the keys below,
bases, sub-schemas and agents hold [sections](sections.md).
"""
KINDS = (
    ("qpf.yaml", "FleetHeader", "What the fleet is: its agents, environments and targets."),
    ("glue.yaml", "GlueHeader", "Packet kinds, and who sends them to whom."),
    ("base/NAME.yaml", "BaseHeader", "A high-level role that agents are based on."),
    ("sub/NAME.yaml", "SubHeader", "Something that agents can be composed of."),
    ("agents/NAME.yaml", "AgentHeader", "An agent."),
    ("environments/NAME/environment.yaml", "EnvironmentHeader", "What one environment changes."),
)
EVOLUTION = (
    (
        "migrations/NAME.yaml",
        StepFile,
        "One step between schema versions: [how](../how-to/evolve-a-schema.md), [operations](operations.md).",
    ),
    ("approvals/NAME.yaml", ApprovalFile, "A breaking migration that a person has looked at."),
    ("schema_evolution", SchemaEvolution, "Any number of steps, in `qpf.yaml` or in any schema."),
)
EMITTERS = """\
# Emitters

An environment runs the emitters that its `targets` name; its `options` hold a block for each. A fleet
replaces a template by a file of the same name in `templates/<emitter>/`.
"""


def files() -> str:
    """The page of files."""
    parts = [FILES]
    for path, name, meaning in KINDS:
        schema = getattr(headers, name).model_json_schema()
        parts += [f"## {path}\n", f"{meaning}\n", table(fields(schema))]
    for title, model, meaning in EVOLUTION:
        parts += [f"## {title}\n", f"{meaning}\n", table(fields(model.model_json_schema()))]
    return "\n".join(parts)


def emitters() -> str:
    """The page of emitters."""
    parts = [EMITTERS]
    for plugin, emitter in sorted(installed.registered("qpf_emitters"), key=lambda entry: entry[1].name):
        parts.append(f"## {emitter.name}\n\nPlugin `{plugin}`.\n")
        if emitter.options is not None:
            parts.append("Options:\n\n" + table(fields(emitter.options.model_json_schema())))
        templates = sorted(emitter.templates())
        if templates:
            parts.append("Templates:\n\n" + "".join(f"- `{name}`\n" for name in templates))
        codes = ", ".join(f"[{code.id}](codes/{code.id}.md)" for code in emitter.codes)
        parts.append(f"Codes: {codes or 'none'}.\n")
    return "\n".join(parts)
