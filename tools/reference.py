"""Writes the reference pages of the documentation from the code they describe.

tools/reference.py           write docs/reference/
tools/reference.py --check   exit 1 if a page is not what the code says now
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import (
    reference_api,
    reference_changes,
    reference_codes,
    reference_commands,
    reference_files,
    reference_operations,
    reference_output,
    reference_runtime,
    reference_sections,
)

FOLDER = ROOT / "docs" / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "api.md": reference_api.api,
    "hooks.md": reference_api.hooks,
    "changes.md": reference_changes.changes,
    "codes.md": reference_codes.codes,
    "commands.md": reference_commands.commands,
    "emitters.md": reference_files.emitters,
    "files.md": reference_files.files,
    "findings.schema.json": reference_output.findings_schema_text,
    "json.md": reference_output.json_output,
    "operations.md": reference_operations.operations,
    "lock.md": reference_output.lock,
    "runtime.md": reference_runtime.runtime,
    "sections.md": reference_sections.sections,
}


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description="Write the reference pages from the code.")
    parser.add_argument("--check", action="store_true", help="exit 1 if a page is not fresh")
    options = parser.parse_args()
    pages = {name: page() for name, page in PAGES.items()} | reference_codes.pages()
    stale = [name for name, text in sorted(pages.items()) if not settle(FOLDER / name, text, options.check)]
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    orphans = sorted(files - set(pages))
    for name in stale:
        print(f"not fresh: docs/reference/{name} (run `make docs`)")
    for name in orphans:
        print(f"nothing writes docs/reference/{name}: remove it")
    return int(bool(stale or orphans))


def settle(path: Path, text: str, check: bool) -> bool:  # noqa: FBT001 - two modes of one program
    """Whether a page is as it should be; without `check`, make it so."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return True
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return not check


if __name__ == "__main__":
    sys.exit(main())
