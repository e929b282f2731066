"""What cannot be meant is refused when a sink is opened; what is not opened costs nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qpf.api import SinkOptions
from qpf_plugins import extraction_observability
from qpf_plugins.extraction_observability import (
    open_collector,
    open_text_file,
    open_trace_file,
    qpf_notifiers,
)

ROOT = Path(__file__).parent.parent.parent
HEAVY = ("opentelemetry", "prometheus_client", "requests", "google.protobuf")


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT}/compiler:{ROOT}/plugins"},
    ).stdout


def test_loading_the_plugin_imports_nothing_heavy() -> None:
    code = "import sys, qpf_plugins.extraction_observability as it; it.qpf_notifiers(); print(*sys.modules)"
    loaded = python(code).split()
    assert "qpf_plugins.extraction_observability" in loaded
    assert [name for name in loaded if name.startswith(HEAVY)] == []


@pytest.mark.parametrize("missing", HEAVY[:3])
def test_a_missing_library_is_one_sentence_that_names_the_extra(missing: str) -> None:
    url = {"prometheus_client": "prometheus+file:///tmp/x.prom"}.get(missing, "otlp+http://localhost")
    code = f"""
import sys
sys.modules[{missing!r}] = None
from qpf.api import SinkOptions
from qpf_plugins.extraction_observability import qpf_notifiers
scheme = {url!r}.partition(":")[0]
try:
    next(each for each in qpf_notifiers() if each.scheme == scheme).open(SinkOptions({url!r}))
except ValueError as error:
    print(error)
"""
    said = python(code)
    assert said.startswith(missing)
    assert said.endswith(" is not installed; install the extra `qpf[observe]`\n")


def test_each_scheme_is_registered_once() -> None:
    schemes = [each.scheme for each in qpf_notifiers()]
    assert schemes == ["otlp+http", "otlp+https", "otlp+file", "prometheus+file"]
    assert extraction_observability.EXTRA == "qpf[observe]"


@pytest.mark.parametrize(
    "url",
    [
        "otlp+http://",
        "otlp+http:///v1/traces",
        "otlp+http://me:hunter2@",
        "otlp+http://me:hunter2@host:port",
        "otlp+http://me:hunter2@host:70000",
        "otlp+http://me:hunter2@[::1",
        "otlp+http://me:hunter2@host/?token=1",
        "otlp+http://me:hunter2@host/a b",
        "otlp+http://me:hunter2@hôst",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="the URL of a collector is") as caught:
        open_collector(SinkOptions(url, {}))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["otlp+file:", "otlp+file:///", "otlp+file://host/x", "otlp+file:x?y=1"])
def test_a_file_is_a_path(url: str) -> None:
    with pytest.raises(ValueError, match=r"otlp\+file:///absolute/path or otlp\+file:relative/path"):
        open_trace_file(SinkOptions(url, {}))


def test_the_node_exporter_reads_only_files_that_end_in_prom() -> None:
    with pytest.raises(ValueError, match=r"end in \.prom"):
        open_text_file(SinkOptions("prometheus+file:///tmp/figures.txt", {}))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sampling_rat": 1}, "there is no setting sampling_rat: did you mean `sampling_rate`?"),
        ({"sampling_rate": 1.5}, "sampling_rate is a number from 0 to 1"),
        ({"sampling_rate": True}, "sampling_rate is a number from 0 to 1"),
        ({"sampling_rate": "all"}, "sampling_rate is a number from 0 to 1"),
        ({"sampling_rate": float("nan")}, "sampling_rate is a number from 0 to 1"),
        ({"deadline_seconds": 3600}, "deadline_seconds is a number from 0 to 60"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- compared below, to the letter
        open_collector(SinkOptions("otlp+http://localhost", settings))
    assert str(caught.value) == sentence


def test_what_the_library_cannot_read_of_its_settings_is_none_of_our_output(tmp_path: Path) -> None:
    source = (
        "from qpf.api import SinkOptions\n"
        "from qpf_plugins.extraction_observability import open_trace_file\n"
        "from tests.extraction_observability.told import finished, run, told\n"
        f"sink = open_trace_file(SinkOptions('otlp+file://{tmp_path}/traces'))\n"
        "print(told(sink, *run(finished('a'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "OTEL_RESOURCE_ATTRIBUTES": "no pair"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
