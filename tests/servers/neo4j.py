"""A real Neo4j on loopback, for the hunt: it needs Java and Maven, which the checks do without."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import ROOT, Server, free_port, listens

HARNESS = ROOT / "tools" / "neo4j"
LIBRARIES = ROOT / ".tools" / "neo4j"


@pytest.fixture(scope="session")
def neo4j(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty server."""
    for name in ("java", "mvn"):
        if shutil.which(name) is None:
            pytest.fail(f"{name} is not there; the hunt needs Java 17 and Maven for Neo4j", pytrace=False)
    fetch()
    folder: Path = tmp_path_factory.mktemp("neo4j")
    port = free_port()
    command = ("java", f"-Djava.io.tmpdir={folder}", "-cp", LIBRARIES / "*", HARNESS / "Serve.java", port)
    with Server(command, ready=lambda: listens(port), log=folder / "log"):
        yield f"neo4j://127.0.0.1:{port}"


def fetch() -> None:
    """Fetch the server's libraries, once for each version of their list."""
    wanted, stamp = (HARNESS / "pom.xml").read_bytes(), LIBRARIES / ".pom"
    if stamp.exists() and stamp.read_bytes() == wanted:
        return
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    words = ("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={LIBRARIES}")
    subprocess.run(words, cwd=HARNESS, check=True, stdin=subprocess.DEVNULL)
    stamp.write_bytes(wanted)
