"""One switch for everything tests expect: `QPF_BLESS=1` writes it anew, and the diff is the review."""

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("QPF_BLESS") == "1":
        config.option.regen_all = True
