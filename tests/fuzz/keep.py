"""Keeps a mutated fleet that broke something: `python -m tests.fuzz.keep FLEET KIND NUMBER COUNT NAME WHY`.

The first four are what hypothesis prints of a failure. What differs from the seed goes to `corpus/NAME.json`.
"""

import base64
import json
import sys
from pathlib import Path

from tests.fuzz import seeds
from tests.fuzz.inputs import Files, kept
from tests.fuzz.mutations import mutated

CORPUS = Path(__file__).parent / "corpus"


def main(fleet: str, kind: str, number: str, count: str, name: str, why: str) -> None:
    """Write the entry."""
    entry(fleet, mutated(fleet, kind, int(number), int(count)), CORPUS / f"{name}.json", why)


def entry(fleet: str, files: Files, place: Path, why: str) -> None:
    """Write what differs from a seed; it is read back as what it was."""
    seed = seeds.fleet(fleet)
    changed = {path: _content(content) for path, content in files.items() if seed.get(path) != content}
    gone = dict.fromkeys(path for path in seed if path not in files)
    document = {"fleet": fleet, "why": why, "files": {**changed, **gone}}
    place.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert kept(place, seed) == files


def _content(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


if __name__ == "__main__":
    main(*sys.argv[1:])
