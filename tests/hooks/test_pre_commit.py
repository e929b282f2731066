"""The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit against scratch repositories."""

import re
import shutil
from pathlib import Path

import pytest

from tests.hooks.repository import MANIFEST, ROOT, Repository, manifest

pytestmark = pytest.mark.slow

PASSED = {
    "qpf-format": "Passed",
    "qpf-validate": "Passed",
    "qpf-migrate-check": "Passed",
    "qpf-compile-check": "Passed",
}
UNCHECKED = "(no files to check)Skipped"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A fleet, compiled and committed."""
    made = Repository(tmp_path / "repository")
    assert made.qpf("init").returncode == 0
    assert made.qpf("compile").returncode == 0
    made.configure(manifest())
    made.commit_all()
    return made


def change(repository: Repository, path: str, old: str, new: str) -> None:
    file = repository.fleet / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def findings(output: str) -> list[str]:
    return sorted(set(re.findall(r"^\S+:\d+:\d+: \w+\[QPF\d+ .*", output, re.MULTILINE)))


def test_manifest_is_valid(repository: Repository) -> None:
    assert repository.run("pre-commit", "validate-manifest", str(MANIFEST)).returncode == 0
    assert [hook["id"] for hook in manifest()] == list(PASSED)


def test_a_sound_repository_passes(repository: Repository) -> None:
    assert repository.hooks("--all-files")[0] == PASSED


def test_without_a_change_the_fleet_is_looked_at_all_the_same(repository: Repository) -> None:
    assert repository.hooks()[0] == {**PASSED, "qpf-format": "Skipped"}


def test_a_file_that_is_no_source_is_no_matter(repository: Repository) -> None:
    (repository.top / "NOTES.md").write_text("a: [\n")
    repository.git("add", "-A")
    assert repository.hooks()[0] == {**PASSED, "qpf-format": "Skipped"}


def test_one_changed_agent(repository: Repository) -> None:
    change(repository, "agents/keeper.yaml", "name: keeper", "name:  keeper")
    change(repository, "agents/keeper.yaml", "metadata: {description:", "metadata: {descripton:")
    repository.git("add", "-A")
    verdicts, output = repository.hooks()
    assert verdicts["qpf-format"] == "Failed"
    assert "files were modified by this hook" in output
    assert verdicts["qpf-validate"] == "Failed"
    assert any("QPF201" in each for each in findings(output))
    assert "name: keeper" in (repository.fleet / "agents/keeper.yaml").read_text()


def test_a_change_that_was_not_compiled_is_refused_by_git_commit(repository: Repository) -> None:
    assert repository.run("pre-commit", "install").returncode == 0
    change(repository, "agents/keeper.yaml", "description: ", "description: Once more. ")
    repository.git("add", "-A")
    done = repository.run("git", "commit", "-m", "x")
    assert done.returncode == 1
    assert "environments/dev/" in done.stdout
    assert repository.qpf("compile").returncode == 0
    repository.git("add", "-A")
    assert repository.run("git", "commit", "-m", "x").returncode == 0


def test_a_renamed_file(repository: Repository) -> None:
    repository.git("mv", "agents/keeper.yaml", "agents/warden.yaml")
    verdicts, output = repository.hooks()
    assert verdicts["qpf-validate"] == "Failed"
    assert any("QPF205" in each for each in findings(output))
    change(repository, "agents/warden.yaml", "name: keeper", "name: warden")
    assert repository.hooks("--all-files")[0]["qpf-format"] == "Passed"


def test_a_deleted_file_that_another_needs(repository: Repository) -> None:
    """No file is left to check, and still it is noticed."""
    repository.git("rm", "-q", "sub/memory.yaml")
    verdicts, output = repository.hooks()
    assert verdicts["qpf-format"] == "Skipped"
    assert verdicts["qpf-validate"] == "Failed"
    assert any("QPF211" in each for each in findings(output))


def test_partly_staged_the_stage_counts(repository: Repository) -> None:
    whole = (repository.fleet / "agents/keeper.yaml").read_text()
    (repository.fleet / "agents/keeper.yaml").write_text(
        whole.replace("metadata: {description:", "metadata: {descripton:")
    )
    repository.git("add", "-A")
    (repository.fleet / "agents/keeper.yaml").write_text(whole)
    assert repository.hooks()[0]["qpf-validate"] == "Failed"
    assert (repository.fleet / "agents/keeper.yaml").read_text() == whole

    repository.git("add", "-A")
    (repository.fleet / "agents/keeper.yaml").write_text("broken: [")
    assert repository.hooks()[0]["qpf-validate"] == "Passed"
    assert (repository.fleet / "agents/keeper.yaml").read_text() == "broken: ["


def test_staged_passes_over_what_is_not_tracked(repository: Repository) -> None:
    (repository.fleet / "agents/draft.yaml").write_text("name: [")
    assert repository.hooks()[0]["qpf-validate"] == "Failed"
    repository.configure(manifest(), args=["--staged"])
    repository.git("add", ".pre-commit-config.yaml")
    assert repository.hooks("qpf-validate")[0] == {"qpf-validate": "Passed"}
    repository.git("add", "-A")
    assert repository.hooks("qpf-validate")[0] == {"qpf-validate": "Failed"}


def test_any_list_of_files_gives_the_verdict_of_the_whole_fleet(repository: Repository) -> None:
    (repository.fleet / "agents/broken.yaml").write_text(
        "name: broken\nschema_version: 6.1.0\ncomposition: {base: no}\n"
    )
    change(repository, "base/service.yaml", "metadata: {owner:", "metadata: {ownr:")
    repository.commit_all()
    change(repository, "agents/keeper.yaml", "description: ", "description: Once more. ")
    repository.git("add", "-A")
    told = [
        findings(repository.hooks("qpf-validate", *arguments)[1])
        for arguments in (
            [],
            ["--all-files"],
            ["--files", "agents/keeper.yaml"],
            ["--files", "agents/broken.yaml"],
            ["--files", "README.md", "agents/gone.yaml"],
        )
    ]
    whole = repository.qpf("validate")
    assert whole.returncode == 1
    assert len(findings(whole.stdout)) >= 2
    assert told == [findings(whole.stdout)] * len(told)


def test_names_with_blanks_and_letters_beyond_ascii(repository: Repository) -> None:
    for name in ("zwei wörter.yaml", "'quotes\".yaml", "-dash.yaml", "日本.yaml"):
        shutil.copy(repository.fleet / "agents/keeper.yaml", repository.fleet / "agents" / name)
        change(repository, f"agents/{name}", "name: keeper", "name:   keeper")
    repository.git("add", "-A")
    verdicts, output = repository.hooks()
    assert verdicts["qpf-format"] == "Failed"
    assert "passed over" not in output
    for file in (repository.fleet / "agents").glob("*"):
        assert "name: keeper" in file.read_text(), file.name
    assert verdicts["qpf-validate"] == "Failed"


def test_more_files_than_one_command_line_takes(repository: Repository) -> None:
    text = "from: {0}.0.0\nto:   {0}.0.1\n"
    folder = repository.fleet / "migrations"
    folder.mkdir()
    names = [f"{number:04}-{'long' * 20}.yaml" for number in range(1600)]
    for number, name in enumerate(names, start=100):
        (folder / name).write_text(text.format(number))
    assert sum(map(len, names)) > 128 * 1024
    repository.git("add", "-A")
    verdicts, output = repository.hooks("qpf-format", "--all-files")
    assert verdicts == {"qpf-format": "Failed"}
    assert sum(int(count) for count in re.findall(r"^(\d+) files? written", output, re.MULTILINE)) == 1600
    repository.git("add", "-A")
    assert repository.hooks("qpf-format", "--all-files")[0] == {"qpf-format": "Passed"}


def test_a_fleet_below_the_top_of_its_repository(tmp_path: Path) -> None:
    made = Repository(tmp_path / "repository", "fleets/one")
    assert made.qpf("init").returncode == 0
    assert made.qpf("compile").returncode == 0
    hooks = [
        {
            **hook,
            "entry": hook["entry"].replace("qpf ", "qpf -C fleets/one "),
            "files": hook.get("files", "").replace("^(", "^fleets/one/("),
        }
        for hook in manifest()
    ]
    made.configure(hooks)
    made.commit_all()
    assert made.hooks("--all-files")[0] == PASSED
    change(made, "agents/keeper.yaml", "name: keeper", "name:   keeper")
    made.git("add", "-A")
    assert made.hooks()[0]["qpf-format"] == "Failed"


@pytest.mark.hunt
def test_pre_commit_installs_what_the_manifest_says(tmp_path: Path) -> None:
    """The hooks as strangers get them: pre-commit clones this repository and installs it.

    What it needs comes from a package index, so this is no part of `make check`.
    """
    made = Repository(tmp_path / "repository")
    assert made.qpf("init").returncode == 0
    assert made.qpf("compile").returncode == 0
    made.commit_all()
    done = made.run("pre-commit", "try-repo", "--ref", "HEAD", str(ROOT), "--all-files", "--color=never")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == len(PASSED)
