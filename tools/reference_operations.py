"""The reference of migrations' operations: each word, its short form, and what it takes in full."""

import inspect

from qpf.evolution.words import WORDS
from qpf.model.span import start_of
from tools.schema_table import fields, table

OPERATIONS = """\
# Operations

What a migration may say under `operations`: [how to write one](../how-to/evolve-a-schema.md). Paths are
written `section.field`; `*` stands for any key or list item. All operations of a step act at once; values are
rewritten where their fields are afterwards.
"""


def operations() -> str:
    """The page."""
    parts = [OPERATIONS]
    for word, model in WORDS.items():
        made = model.model_validate(model.example_in_full()).operation(start_of(""))
        meaning = " ".join((inspect.getdoc(type(made)) or "").split())
        parts += [f"## {word}\n", f"{meaning}\n", f"```yaml\n- {word}: {model.example}\n```\n"]
        parts += ["In full:\n", table(fields(model.model_json_schema()))]
    return "\n".join(parts)
