"""`qpf plugins` lists whatever a plugin can register, by the name it goes by."""

import json

from qpf import hookspecs
from tests.command import run
from tests.host.hostile import installed
from tests.host.installing import install_module

TAPES = """\
from qpf.api import Cache, Notifier, hookimpl


@hookimpl
def qpf_caches():
    return [Cache("tape", print), Cache("reel", print)]


@hookimpl
def qpf_notifiers():
    return [Notifier("bell", print)]
"""
HOOKS = {name.removeprefix("qpf_") for name in vars(hookspecs) if name.startswith("qpf_")}


def listed(root):
    status, output = run(["plugins", "-o", "json"], root)
    assert status == 0, output
    return {row["name"]: row for row in json.loads(output)["plugins"]}


def test_whatever_a_hook_registers_is_listed(tmp_path):
    rows = listed(tmp_path)
    assert "caches" in HOOKS
    for row in rows.values():
        assert set(row) - {"name", "distribution", "version", "digest", "codes"} == HOOKS


def test_openers_are_listed_by_their_schemes(tmp_path):
    source = tmp_path / "tapes.py"
    source.write_text(TAPES)
    install_module(source, tmp_path / "site", plugin="tapes")
    with installed(tmp_path / "site"):
        rows = listed(tmp_path)
        _, text = run(["plugins"], tmp_path)
    assert (rows["tapes"]["caches"], rows["tapes"]["notifiers"]) == (["reel", "tape"], ["bell"])
    assert rows["shared_cache"]["caches"] == ["redis", "rediss", "s3"]
    (line,) = (line for line in text.splitlines() if line.startswith("tapes "))
    assert "reel, tape" in line
    assert "bell" in line
