"""Runs in KCL's own environment: one program for all agents, a file of objects for each.

run_kcl.py FOLDER OUT
"""

import json
import sys
from pathlib import Path

from kcl_lib import api  # type: ignore[import-not-found]  # installed in the peer's environment only


def main() -> None:
    """Run the program of all agents, and write a file for each."""
    folder, out = map(Path, sys.argv[1:])
    out.mkdir()
    kcl = api.API()
    programs = [str(path) for path in sorted(folder.glob("*.k"))]
    done = kcl.exec_program(api.ExecProgramArgs(k_filename_list=programs, disable_yaml_result=True))
    for name, objects in json.loads(done.json_result)["agents"].items():
        (out / f"{name}.json").write_text(json.dumps(objects), encoding="utf-8")


if __name__ == "__main__":
    main()
