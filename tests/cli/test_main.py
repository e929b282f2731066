"""What a person meets who makes a mistake, and what a script may rely on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from qpf import __version__, pipeline
from tests.command import run
from tests.host.hostile import FIXTURES, installed, make_fleet
from tests.host.installing import install_module, register

GREET = """\
import click

from qpf.api import Command, hookimpl


@click.command()
@click.argument("name")
@click.pass_obj
def greet(session, name):
    if name == "nobody":
        raise LookupError("nobody is there")
    click.echo(f"hello {name} of {session.root.name}")


@hookimpl
def qpf_commands():
    return [Command("greet", "Say hello.", lambda: greet), Command("broken", "Fail.", lambda: 1 // 0)]
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path / "fleet", "python_agent")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "greeting.py").write_text(GREET)
    register(folder, "greeting", "1.0", {"greeting": "greeting"})
    return folder


def qpf(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qpf", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_version_is_one_line() -> None:
    done = qpf("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"qpf {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["complie"], "no command `complie`; did you mean `compile`?"),
        (["compile", "--chekc"], "--chekc"),
        (["compile", "--env", "tset"], "no environment `tset`; did you mean `test`?"),
        (["validate", "--agent", "ader"], "no agent `ader`; did you mean `adder`?"),
        (["plan", "-o", "yaml"], "'yaml' is not one of 'text', 'json'"),
        (["compile", "--out", "x", "--check"], "--out writes, --check and --diff do not"),
    ],
)
def test_wrong_usage_is_2_and_says_how_it_is_right(arguments: list[str], says: str, fleet: Path) -> None:
    status, output = run(arguments, fleet)
    assert status == 2
    assert says in output
    assert "Traceback" not in output


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    status, output = run(["validate"], tmp_path / "nowhere")
    assert (status, "nowhere' does not exist" in output) == (2, True)


def test_a_folder_that_is_no_fleet_is_2(tmp_path: Path) -> None:
    status, output = run(["validate"], tmp_path)
    assert status == 2
    assert "QPF030 no-fleet" in output


def test_a_fault_of_the_fleet_is_1(fleet: Path) -> None:
    (fleet / "agents" / "adder.yaml").write_text("name: adder\nschema_version: 6.0.0\n")
    status, output = run(["validate", "--no-cache"], fleet)
    assert status == 1
    assert "agents/adder.yaml:1:1: error[" in output


def test_a_bug_is_one_line_and_2(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "out of\ncheese"
        raise RuntimeError(message)

    monkeypatch.setattr(pipeline, "load", broken)
    status, output = run(["validate", "--no-cache"], fleet)
    assert status == 2
    assert output == (
        "qpf: internal error: RuntimeError: out of cheese\n"
        "hint: QPF_TRACEBACK=1 or `qpf --debug` shows where; please report it with that\n"
    )
    monkeypatch.setenv("QPF_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in run(["validate", "--no-cache"], fleet)[1]


def test_who_asks_is_shown_where_though_nothing_could_be_loaded(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "msgspec.py").write_text("raise RuntimeError('the wrong build')\n")
    said = subprocess.run(
        [sys.executable, "-m", "qpf", "--debug", "-C", str(fleet), "validate"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 2
    assert said.stderr.startswith("qpf: internal error: RuntimeError: the wrong build\nTraceback")
    assert f'{tmp_path}/msgspec.py", line 1' in said.stderr


def test_an_interrupt_is_quiet_and_130(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "load", interrupted)
    assert run(["validate", "--no-cache"], fleet) == (130, "")


WAITING = "print('loading', flush=True)\nimport time\ntime.sleep(60)\n"
APART = f"class Lock:\n  def __del__(self):\n{indent(WAITING, '    ')}\nLock()\nimport time\ntime.sleep(60)\n"


@pytest.mark.parametrize("text", [WAITING, APART], ids=["importing", "taking-apart"])
def test_a_real_interrupt_is_quiet_and_130(text: str, tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(text)
    register(tmp_path, "waiting", "1.0", {"waiting": "waiting"})
    child = subprocess.Popen(
        [sys.executable, "-m", "qpf", "plugins"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stderr is not None
        assert child.stderr.readline() == "loading\n"
        child.send_signal(signal.SIGINT)
        assert child.stderr.read() == ""
    assert child.returncode == 130


@pytest.mark.parametrize("text", [WAITING, APART], ids=["importing", "taking-apart"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_by_a_signal_clears_up_and_ends_by_it(
    number: signal.Signals, text: str, tmp_path: Path
) -> None:
    (tmp_path / "waiting.py").write_text(
        f"import tempfile\nwith tempfile.TemporaryDirectory(dir={str(tmp_path)!r}, prefix='left-'):\n"
        + indent(text, "    ")
    )
    register(tmp_path, "waiting", "1.0", {"waiting": "waiting"})
    child = subprocess.Popen(
        ["env", "--default-signal", sys.executable, "-m", "qpf", "plugins"],  # though ignored here
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stderr is not None
        assert child.stderr.readline() == "loading\n"
        child.send_signal(number)
        assert child.stderr.read() == ""
    assert child.returncode == -number
    assert list(tmp_path.glob("left-*")) == []


def test_who_is_told_to_outlive_the_terminal_does(tmp_path: Path) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGHUP)\n"
    (tmp_path / "hanging.py").write_text(kill)
    register(tmp_path, "hanging", "1.0", {"hanging": "hanging"})
    done = subprocess.run(
        ["nohup", sys.executable, "-m", "qpf", "plugins"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "hanging" in done.stdout) == (0, True), done.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "qpf", "schema", "export"],
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_locale_has_no_say(fleet: Path) -> None:
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text().replace("Adds up amounts.", "Zählt 数."), encoding="utf-8")
    texts = {
        qpf(
            "-C", str(fleet), "compile", "--diff", LC_ALL=locale, PYTHONUTF8="0", PYTHONIOENCODING=encoding
        ).stdout
        for locale, encoding in (("C", ""), ("C.UTF-8", "latin-1"), ("POSIX", "ascii"))
    }
    assert len(texts) == 1
    assert "Zählt 数." in texts.pop()


def test_commands_of_plugins_are_commands(fleet: Path, site: Path) -> None:
    with installed(site):
        assert run(["greet", "world"], fleet) == (0, "hello world of fleet\n")
        status, output = run(["--help"], fleet)
    assert status == 0
    assert "greet" in output
    assert "Say hello. [greeting]" in output


def test_a_crash_of_a_plugins_command_names_the_plugin(fleet: Path, site: Path) -> None:
    with installed(site):
        status, output = run(["greet", "nobody"], fleet)
        assert (status, output.splitlines()[0]) == (
            2, "qpf: error in plugin `greeting`: LookupError: nobody is there"
        )  # fmt: skip
        status, output = run(["broken"], fleet)
    assert status == 2
    assert "command `broken` of plugin `greeting` crashed: ZeroDivisionError" in output
    assert "Traceback" not in output


def test_help_survives_a_broken_plugin(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "unfit.py").write_text("raise ValueError('unfit')")
    register(tmp_path, "unfit", "1.0", {"unfit": "unfit"})
    with installed(tmp_path):
        status, output = run(["--help"], fleet)
    assert status == 0
    assert "validate" in output
    assert "plugin `unfit` (unfit 1.0) cannot be loaded: ValueError: unfit" in output


@pytest.mark.parametrize(
    "arguments",
    [["validate"], ["compile", "--check"], ["compile"], ["plan"], ["plugins"], ["schema", "export"]],
    ids=" ".join,
)
def test_json_is_one_document_and_nothing_else(arguments: list[str], fleet: Path) -> None:
    done = qpf("-C", str(fleet), *arguments, "-o", "json")
    document = json.loads(done.stdout)
    assert (document["version"], document["findings"]) == (1, [])


@pytest.mark.parametrize("arguments", [["validate"], ["compile"], ["plan"], ["test"]], ids=" ".join)
def test_json_of_a_failure_is_one_document_too(arguments: list[str], fleet: Path) -> None:
    shutil.rmtree(fleet / "base")
    done = qpf("-C", str(fleet), *arguments, "-o", "json")
    assert json.loads(done.stdout)["findings"] != []
    assert done.returncode == 1


@pytest.mark.parametrize(("form", "start"), [("sarif", "{"), ("github", "::error ")])
def test_findings_come_in_every_form(form: str, start: str, fleet: Path) -> None:
    shutil.rmtree(fleet / "base")
    done = qpf("-C", str(fleet), "validate", "-o", form)
    assert (done.returncode, done.stdout.startswith(start)) == (1, True)


def test_a_bug_in_a_plugins_model_names_the_plugin(fleet: Path, tmp_path: Path) -> None:
    agent = fleet / "agents" / "adder.yaml"
    agent.write_text(agent.read_text() + "\ncosts: {budget: 1}\n")
    install_module(FIXTURES / "validator_crashes.py", tmp_path, plugin="validator_crashes")
    with installed(tmp_path):
        status, output = run(["validate"], fleet)
    assert status == 1
    assert "error[QPF303 model-crashed]: the model validator_crashes.Costs raised KeyError: 1" in output
    assert "agents/adder.yaml" in output
    assert "Traceback" not in output
