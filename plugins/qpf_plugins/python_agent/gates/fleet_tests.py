"""Gate `fleet-tests`: the tests of all agents together pass: contracts of the glue, packets on one bus."""

from collections.abc import Iterator

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.fleet_proof import FOLDER
from qpf_plugins.python_agent.gates.bench import agents_of, copy_of, missing, run
from qpf_plugins.python_agent.gates.emitted_tests import TESTS, outcome


def check(root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Run the environment's own tests in one process."""
    agents = agents_of(artifacts)
    absent = missing(TESTS, "0", "pytest", "qpf_runtime")
    if absent or not agents:
        yield from absent
        return
    with copy_of(artifacts) as folder:
        tally = folder.parent / "fleet.xml"
        ran = run(
            "pytest",
            ("-q", "-p", "no:cacheprovider", f"--junitxml={tally}"),
            folder / FOLDER,
            (f"{root}/logic",),
            PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        )
        yield outcome("", ran, tally)
