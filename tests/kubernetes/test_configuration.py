"""What restarts an agent, and what only shows."""

import json
from typing import Any

import pytest

from qpf.api import EmitError
from tests.kubernetes.fleet import agent, emitted, environment, objects

RESTARTS = "qpf.dev/config-digest"
SHOWS = "qpf.dev/spec-digest"


def digests(**sections: Any) -> tuple[str, str]:
    """The digest in the pod template, and the one on the Deployment."""
    each = agent("main_agent", **sections)
    deployment = objects(each, environment([each]))["Deployment"]
    return (
        deployment["spec"]["template"]["metadata"]["annotations"][RESTARTS],
        deployment["metadata"]["annotations"][SHOWS],
    )


@pytest.mark.parametrize(
    "change",
    [
        {"deployment": {"log_level": "DEBUG"}},
        {"deployment": {"timeout_ms": 1}},
        {"governance": {"thresholds": {"confidence": 0.9}}},
        {"costs": {"limit": 3}},  # a section of another plugin
    ],
)
def test_new_configuration_restarts_the_agent(change: Any) -> None:
    assert digests(**change)[0] != digests()[0]


@pytest.mark.parametrize(
    "change",
    [
        {"deployment": {"replicas": 5}},
        {"deployment": {"resources": {"limits": {"cpu": "2"}}}},
        {"metadata": {"description": "Does the same thing, told better."}},
        {"cursorinstructions": {"generatefiles": ["x.py"]}},
    ],
)
def test_scaling_and_wording_restart_nothing_and_show(change: Any) -> None:
    assert digests(**change)[0] == digests()[0]
    assert digests(**change)[1] != digests()[1]


def test_wording_leaves_the_pod_template_alone() -> None:
    before, after = (
        objects(each, environment([each]))["Deployment"]["spec"]["template"]
        for each in (agent("main_agent"), agent("main_agent", metadata={"description": "Other words."}))
    )
    assert before == after


def test_the_configmap_tells_what_the_agent_runs_with() -> None:
    each = agent("main_agent", deployment={"port": 9000, "log_level": "ERROR"})
    data = objects(each, environment([each]))["ConfigMap"]["data"]
    assert data["QPF_PORT"] == "9000"
    assert data["QPF_LOG_LEVEL"] == "ERROR"
    assert data["QPF_ENVIRONMENT"] == "production"
    config = json.loads(data["config.json"])
    assert config["governance"]["thresholds"] == {"confidence": 0.7}
    assert not {"replicas", "image", "resources", "secrets"} & config["deployment"].keys()


def test_words_keep_their_white_space() -> None:
    words = "one\n  two\u2028   three\x0b   four\r\n\tfive  "
    each = agent("main_agent", reasoningengine={"instructions": words})
    text = objects(each, environment([each]))["ConfigMap"]["data"]["config.json"]
    assert json.loads(text)["reasoningengine"]["instructions"] == words


def test_a_line_of_configuration_holds_one_value() -> None:
    each = agent("main_agent")
    lines = (
        emitted(each, environment([each]))["manifests/main_agent/configmap.yaml"]
        .content.decode()
        .splitlines()
    )
    assert '    "confidence": 0.7' in lines


def test_configuration_too_large_for_a_configmap_is_a_finding() -> None:
    each = agent("main_agent", reasoningengine={"instructions": "ß" * (512 * 1024)})
    with pytest.raises(EmitError) as caught:
        objects(each, environment([each]))
    (found,) = caught.value.diagnostics
    assert found.code.id == "QPF615"
    assert found.span is not None
    assert "1,048,576" in found.message


def test_configuration_that_just_fits_is_written() -> None:
    each = agent("main_agent", reasoningengine={"instructions": "ß" * (500 * 1024)})
    assert len(objects(each, environment([each]))["ConfigMap"]["data"]["config.json"].encode()) < 1024 * 1024
