"""Every input that changed is named as the reason, with the line where there is one; nothing else is."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import run
from tests.compilation.conftest import FLEETS

MESH = ("alpha", "beta", "delta", "gamma")


@pytest.fixture
def fleet(tmp_path):
    """The mesh, committed and compiled."""
    root = shutil.copytree(FLEETS / "mesh", tmp_path / "mesh")
    git(root, "init", "-q")
    commit(root)
    assert run(["compile"], root)[0] == 0
    return root


def git(root: Path, *arguments: str):
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", root, *identity, *arguments], check=True)


def commit(root: Path):
    git(root, "add", "base", "sub", "agents", "qpf.yaml", "glue.yaml", "environments/dev/environment.yaml")
    git(root, "commit", "-qm", "as compiled")


def edit(root: Path, path: str, old: str, new: str) -> int:
    """Replace a text that is in a file; returns its line."""
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def reasons(root: Path, environment: str = "dev") -> dict[str, list[tuple[str, str | None, list[str]]]]:
    """Of every agent that is not kept, each reason, its input, and its places."""
    status, output = run(["plan", "--why", "--env", environment, "-o", "json"], root)
    assert status == 0, output
    (found,) = json.loads(output)["environments"]
    return {
        each["agent"]: [
            (
                cause["reason"],
                cause["input"],
                [":".join(str(part) for part in place.values() if part) for place in cause["places"]],
            )
            for cause in each["why"]
        ]
        for each in found["extractions"]
        if each["origin"] != "kept"
    }


def test_nothing_is_a_reason_where_nothing_changed(fleet):
    assert reasons(fleet) == {}


def test_a_layer_is_named_with_the_first_line_that_differs(fleet):
    line = edit(fleet, "agents/alpha.yaml", "alpha of the mesh.}", "of the mesh.}")
    assert reasons(fleet) == {"alpha": [("changed", "agents/alpha.yaml", [f"agents/alpha.yaml:{line}"])]}


def test_a_layer_that_says_the_same_in_other_words_is_no_reason(fleet):
    edit(fleet, "sub/notebook.yaml", "role:", "# why\nrole:")
    edit(fleet, "agents/alpha.yaml", "{title: Alpha}", '\n  title:   "Alpha"')
    assert reasons(fleet) == {}
    assert run(["compile"], fleet)[0] == 0
    assert reasons(fleet) == {}


def test_a_shared_layer_is_named_by_every_agent_that_has_it(fleet):
    path = "sub/notebook.yaml"
    line = edit(fleet, path, "role: ", "role: Still ")
    assert reasons(fleet) == {name: [("changed", path, [f"{path}:{line}"])] for name in MESH}


def test_the_line_is_found_in_what_was_staged_too(fleet):
    edit(fleet, "agents/alpha.yaml", "Member alpha of", "The alpha of")
    git(fleet, "add", "agents/alpha.yaml")
    run(["compile"], fleet)
    line = edit(fleet, "agents/alpha.yaml", "alpha of the mesh.}", "of the mesh.}")
    assert reasons(fleet) == {"alpha": [("changed", "agents/alpha.yaml", [f"agents/alpha.yaml:{line}"])]}


def test_the_line_is_found_in_an_older_commit_too(fleet):
    line = edit(fleet, "agents/alpha.yaml", "alpha of the mesh.}", "of the mesh.}")
    commit(fleet)
    assert reasons(fleet) == {"alpha": [("changed", "agents/alpha.yaml", [f"agents/alpha.yaml:{line}"])]}


def test_without_git_the_file_alone_is_named(fleet):
    shutil.rmtree(fleet / ".git")
    edit(fleet, "agents/alpha.yaml", "alpha of the mesh.}", "of the mesh.}")
    assert reasons(fleet) == {"alpha": [("changed", "agents/alpha.yaml", ["agents/alpha.yaml"])]}


def test_a_layer_that_is_left_out_is_gone(fleet):
    (fleet / "sub" / "spare.yaml").write_text(
        "name: spare\nschema_version: 6.0.0\ntype: sub-schema\nrole: Adds nothing.\nadds: {}\n"
    )
    line = edit(fleet, "agents/alpha.yaml", "[gossip]", "[gossip, spare]")
    added = reasons(fleet)
    assert ("new", "sub/spare.yaml", ["sub/spare.yaml"]) in added["alpha"]
    assert run(["compile"], fleet)[0] == 0
    commit(fleet)
    edit(fleet, "agents/alpha.yaml", "[gossip, spare]", "[gossip]")
    assert reasons(fleet) == {
        "alpha": [
            ("changed", "agents/alpha.yaml", [f"agents/alpha.yaml:{line}"]),
            ("gone", "sub/spare.yaml", ["sub/spare.yaml"]),
        ]
    }


def test_own_overrides_are_named_with_their_line(fleet):
    path = "environments/dev/environment.yaml"
    text = (fleet / path).read_text().partition("overrides:")[0]
    text += "overrides:\n  agents:\n    beta:\n      deployment: {log_level: DEBUG}\n"
    (fleet / path).write_text(text)
    found = reasons(fleet)
    line = text[: text.index("    beta")].count("\n") + 1
    assert ("changed", "overrides", [f"{path}:{line}:5"]) in found["beta"]
    assert not any(cause[1] == "overrides" for name in set(found) - {"beta"} for cause in found[name])


def test_overrides_for_all_are_named_by_everybody(fleet):
    path = "environments/dev/environment.yaml"
    text = (fleet / path).read_text().partition("overrides:")[0]
    text += "overrides:\n  all:\n    deployment: {log_level: ERROR}\n"
    (fleet / path).write_text(text)
    line = text[: text.index("  all")].count("\n") + 1
    found = reasons(fleet)
    assert set(found) == set(MESH)
    assert all(("changed", "overrides for all", [f"{path}:{line}:3"]) in causes for causes in found.values())


@pytest.mark.parametrize(
    ("above", "name", "whom"),
    [("all", "overrides for all", set(MESH)), ("agents: {beta", "overrides", {"beta"})],
)
def test_an_override_is_named_with_the_line_that_changed(fleet, above, name, whom):
    path = "environments/dev/environment.yaml"
    text = (fleet / path).read_text().partition("overrides:")[0]
    block = f"overrides:\n  {above}: {{\n    deployment: {{\n      log_level: ERROR,\n      replicas: 1}}}}"
    block += "}" * above.count("{") + "\n"
    (fleet / path).write_text(text + block)
    assert run(["compile"], fleet)[0] == 0
    commit(fleet)
    line = edit(fleet, path, "replicas: 1", "replicas: 2")
    expected = [("changed", name, [f"{path}:{line}:17"])]
    assert reasons(fleet) == dict.fromkeys(whom, expected)


def test_connections_are_named_by_the_agents_at_their_ends(fleet):
    line = edit(fleet, "glue.yaml", "priority: critical", "priority: low")
    found = reasons(fleet)
    assert set(found) == {"alpha", "beta"}
    for causes in found.values():
        ((reason, name, (place,)),) = causes
        assert (reason, name) == ("changed", "connections")
        assert place.startswith(f"glue.yaml:{line}:")


def test_without_git_all_connections_of_an_agent_are_named(fleet):
    shutil.rmtree(fleet / ".git")
    edit(fleet, "glue.yaml", "priority: critical", "priority: low")
    assert all(len(places) > 1 for ((_, _, places),) in reasons(fleet).values())


def test_packets_are_named_by_everybody(fleet):
    edit(fleet, "glue.yaml", "What an agent thinks", "What one thinks")
    found = reasons(fleet)
    assert set(found) == set(MESH)
    assert {cause[:2] for causes in found.values() for cause in causes} == {("changed", "packets")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What an agent thinks", "What one thinks"),
        ("minimum: 0, maximum: 1, unit: fraction", "minimum: 0, maximum: 2, unit: fraction"),
        ("description: The alert.}", "description: The alert., required: false}"),
        ("      figures: {type: map, values: number, required: false, description: What was noticed.}\n", ""),
    ],
)
def test_a_packet_is_named_with_the_line_that_changed(fleet, old, new):
    line = edit(fleet, "glue.yaml", old, new)
    line = line if new else line - 3  # that of the key that is left of what is gone
    edit(fleet, "glue.yaml", "schema_version", "# A comment above moves everything.\nschema_version")
    for causes in reasons(fleet).values():
        ((_, _, (place,)),) = causes
        assert place.startswith(f"glue.yaml:{line + 1}:")


def test_settings_of_an_environment_are_named_with_the_line_that_changed(fleet):
    path = "environments/dev/environment.yaml"
    line = edit(fleet, path, "namespace: mesh-dev", "namespace: mesh")
    for causes in reasons(fleet).values():
        ((reason, name, (place,)),) = causes
        assert (reason, name) == ("changed", "environment")
        assert place.startswith(f"{path}:{line}:")


def test_targets_of_the_fleet_are_named_where_they_stand_and_no_other_file_is(fleet):
    line = edit(fleet, "qpf.yaml", "[python_agent, kubernetes]", "[kubernetes, python_agent]")
    edit(
        fleet, "environments/dev/environment.yaml", "schema_version", "# Nothing that counts.\nschema_version"
    )
    for causes in reasons(fleet).values():
        assert {(name, *places) for _, name, places in causes} == {
            ("environment", f"qpf.yaml:{line}:10"),
            ("fleet", f"qpf.yaml:{line}:10"),
        }


def test_an_interface_is_named_by_those_who_see_it(fleet):
    output = "  output:\n"
    edit(fleet, "agents/alpha.yaml", output, f"{output}    spare: {{packet: opinion, description: More.}}\n")
    found = reasons(fleet)
    assert all(
        found[name] == [("changed", "interface of alpha", ["agents/alpha.yaml"])]
        for name in set(MESH) - {"alpha"}
    )


def test_a_template_is_named_with_its_line(fleet):
    folder = fleet / "templates" / "python_agent"
    folder.mkdir(parents=True)
    (folder / "README.md.j2").write_text("# {{ agent.name }}\n")
    found = reasons(fleet)
    path = "templates/python_agent/README.md.j2"
    assert found == {name: [("new", path, [path])] for name in MESH}


def test_an_agent_that_is_new_says_so(fleet):
    text = (fleet / "agents" / "delta.yaml").read_text().replace("delta", "omega").replace("Delta", "Omega")
    (fleet / "agents" / "omega.yaml").write_text(text)
    assert reasons(fleet)["omega"] == [("new agent", None, ["agents/omega.yaml"])]


def test_without_memory_nothing_else_is_said(fleet):
    shutil.rmtree(fleet / ".qpf")
    assert reasons(fleet) == {name: [("no memory of it", None, [])] for name in MESH}


def test_defaults_of_migrations_are_named_with_their_lines(fleet):
    (fleet / "migrations").mkdir()
    steps = {
        "one": ("4.0.0", "5.0.0", "replicas with default 2"),
        "two": ("5.0.0", "6.0.0", "port with default 8080"),
    }
    for name, (source, target, field) in steps.items():
        text = f"from: {source}\nto: {target}\noperations:\n  - field_add: deployment.{field}\n"
        (fleet / f"migrations/{name}.yaml").write_text(text)
    places = ["migrations/one.yaml:4:5", "migrations/two.yaml:4:5"]
    assert ("changed", "defaults of migrations", places) in reasons(fleet)["alpha"]


def test_files_that_were_changed_by_hand_are_named(fleet):
    folder = fleet / "environments" / "dev"
    (folder / "composed" / "alpha.yaml").write_text("mine")
    (folder / "composed" / "beta.yaml").unlink()
    assert reasons(fleet) == {
        name: [("files were changed by hand", None, [f"environments/dev/composed/{name}.yaml"])]
        for name in ("alpha", "beta")
    }
