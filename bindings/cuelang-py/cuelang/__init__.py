"""Hold documents to CUE constraints, in the official engine, in a process of its own.

Example:
    ```python
    from cuelang import Constraints

    with Constraints({"ports.cue": "port: >1024"}) as constraints:
        for finding in constraints.vet({"web": {"port": 80}, "api": {"port": 8080}}):
            print(finding.document, finding.path, finding.message)
    ```
"""

from cuelang.constraints import Constraints
from cuelang.finding import Document, Finding, Kind, Part, Partial, Path, Position, Rule, Verdict
from cuelang.limits import Limits
from cuelang.process import EngineError
from cuelang.versions import Version, version

__all__ = [
    "Constraints",
    "Document",
    "EngineError",
    "Finding",
    "Kind",
    "Limits",
    "Part",
    "Partial",
    "Path",
    "Position",
    "Rule",
    "Verdict",
    "Version",
    "version",
]
