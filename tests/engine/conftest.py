"""A store that hangs, and never longer than its test."""

import pytest

from tests.engine.shelves import Hanging


@pytest.fixture
def hanging():
    made = []

    def make(*calls):
        made.append(Hanging(*calls))
        return made[-1]

    yield make
    for store in made:
        store.released.set()
