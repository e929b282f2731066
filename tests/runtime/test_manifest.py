"""The manifest says what runs, the same for the same, and another thing for another."""

import json

import pytest

from qpf_runtime.envelope import digest
from qpf_runtime.manifest import config_digest, manifest
from qpf_runtime.runtime import Runtime
from tests.runtime.test_http import face
from tests.runtime.world import answer_double, answering, main_agent

pytestmark = pytest.mark.anyio


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "solo"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "agent.py").write_text("A = 1\n")
    (folder / "__pycache__" / "agent.pyc").write_bytes(b"1")
    return folder


async def test_the_same_agent_gives_the_same_manifest(runtime, package):
    async with Runtime.in_memory() as other:
        first = manifest(answering(runtime, answer_double), package)
        second = manifest(answering(other, answer_double), package)
    assert json.dumps(first) == json.dumps(second)
    assert (first["version"], first["agent"], first["environment"]) == (1, "solo", "dev")
    assert first["packets"] == {"answer": 1, "ask": 1}
    assert first["inputs"]["ask"]["packet"] == "ask"
    assert first["code"]["agent"]["files"] == {"agent.py": digest(b"A = 1\n")}
    assert first["code"]["runtime"]["version"]
    assert "qpf_runtime/agent.py" not in first["code"]["runtime"]["files"]
    assert "agent.py" in first["code"]["runtime"]["files"]


async def test_a_changed_configuration_has_another_digest(runtime):
    first = config_digest(answering(runtime, answer_double).config)
    assert first == config_digest(answering(runtime, answer_double).config)
    assert first != config_digest(answering(runtime, answer_double, timeout_ms=9).config)
    assert first != config_digest(main_agent(runtime).config)


async def test_changed_code_has_another_digest(runtime, tmp_path, package):
    agent = answering(runtime, answer_double)
    before = manifest(agent, package)["code"]["agent"]["digest"]
    other = tmp_path / "other" / "solo"
    other.mkdir(parents=True)
    (other / "agent.py").write_text("A = 2\n")
    assert manifest(agent, other)["code"]["agent"]["digest"] != before


async def test_the_manifest_is_what_was_loaded_whatever_becomes_of_the_files(runtime, package):
    _, _, http = await face(runtime, package=package)
    async with http:
        before = (await http.get("/manifest")).json()
        (package / "agent.py").write_text("A = 3\n")
        assert (await http.get("/manifest")).json() == before
    assert before["code"]["agent"]["package"] == "solo"
