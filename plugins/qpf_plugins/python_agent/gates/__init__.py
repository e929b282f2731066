"""Gates over emitted Python, one a module: what is measured, and how much is enough."""

from qpf.api import Gate
from qpf_plugins.python_agent.gates import (
    code_style,
    docstrings,
    emitted_tests,
    fleet_tests,
    import_cycles,
    type_hints,
    types,
)

TARGET = "python_agent"

_PER_AGENT = {
    "code-style": code_style.check,
    "docstrings": docstrings.check,
    "import-cycles": import_cycles.check,
    "tests": emitted_tests.check,
    "type-hints": type_hints.check,
    "types": types.check,
}

GATES = (
    *(Gate(name=name, codes=(), target=TARGET, check=check) for name, check in _PER_AGENT.items()),
    Gate("fleet-tests", (), TARGET, fleet_tests.check, scope="environment"),
)
"""Every gate of the emitter."""
