"""What the commands need of the runtime: nothing until they run, and a word when it is not there."""

import os
import subprocess
import sys

import pytest

from tests.command import run as qpf


def test_loading_the_plugin_does_not_load_the_runtime():
    code = (
        "import sys, qpf_plugins.local_run as plugin; plugin.qpf_commands();"
        "print([name for name in sys.modules if name.startswith('qpf_runtime')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["run", "--env", "dev"], ["send", "clerk", "x.json", "--help"]])
def test_without_the_runtime_a_command_says_what_to_install(tmp_path, monkeypatch, arguments):
    monkeypatch.setattr("qpf_plugins.local_run.find_spec", lambda _: None)
    status, output = qpf(arguments, tmp_path)
    assert (status, "install the extra `qpf[run]`" in output) == (2, True)
