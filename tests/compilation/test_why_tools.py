"""Of tools that are others now, each is named as the reason, with its versions."""

import pytest

from qpf.compilation.checking import Known
from qpf.compilation.why import Why
from qpf.engine.record import Record
from qpf.engine.state import Kept, State
from qpf.model.forecast import Cause
from qpf.stages.keys import Inputs, Tools
from tests.compilation.compiling import front_of
from tests.compilation.conftest import FLEETS

TOOLS = {"qpf 1.0": "sha256:a", "python": "3.11.1", "jinja2": "3.1.0", "kubernetes 1.0": "sha256:k"}


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        ({"qpf 1.0": "sha256:b"}, Cause("changed", "qpf", "1.0 sha256:a", "1.0 sha256:b")),
        ({"python": "3.11.2"}, Cause("changed", "python", "3.11.1", "3.11.2")),
        ({"jinja2": "3.1.1"}, Cause("changed", "jinja2", "3.1.0", "3.1.1")),
        ({"acme 2.0": "sha256:x"}, Cause("new", "plugin acme", "", "2.0 sha256:x")),
        (
            {"kubernetes 1.0": None, "kubernetes 1.1": "sha256:l"},
            Cause("changed", "plugin kubernetes", "1.0 sha256:k", "1.1 sha256:l"),
        ),
        ({"kubernetes 1.0": None}, Cause("gone", "plugin kubernetes", "1.0 sha256:k", "")),
    ],
)
def test_tools_are_named_with_their_versions(now, cause):
    front = front_of(FLEETS / "mesh")
    tools = {name: value for name, value in {**TOOLS, **now}.items() if value is not None}
    inputs = Inputs({"agent": "alpha"}, {}, Tools(tools))
    kept = Kept("", "", {}, {"agent": "alpha"}, b"", b"")
    state = State(TOOLS, agents={"alpha": kept})
    record = Record("alpha", (), (), "", (), "", "", "", b"{}", (), [], None, "", None, b"")
    known = {"alpha": Known(inputs, {}, record, b"", inputs)}
    why = Why(front, front.surroundings("dev"), known, state, lambda path, digest: None)
    assert why.causes("alpha") == (cause,)
