"""What the tests of this folder share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that were flushed to disk, without the wait: a kill loses nothing the system has accepted."""
    names: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda handle: names.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
    )
    return names
