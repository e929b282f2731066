"""Which engine this is: verdicts depend on it, so whoever keeps them keeps this too."""

import json
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent


class Version(NamedTuple):
    """What takes part in a verdict.

    Attributes:
        package: Version of `cuelang-py`.
        engine: Version of the Go module `cuelang.org/go`.
        helper: Digest of the helper's source, in hexadecimal.
    """

    package: str
    engine: str
    helper: str


@cache
def version() -> Version:
    """The versions that are installed here.

    Raises:
        FileNotFoundError: If the package was never built.
    """
    built = json.loads((PACKAGE / "built.json").read_text(encoding="utf-8"))
    return Version(metadata.version("cuelang-py"), built["engine"], built["helper"])
