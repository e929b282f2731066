"""Limits hold while some work goes on, and no longer."""

import resource
import signal
import threading
from contextlib import suppress

import pytest

from qpf.engine.limits import LimitReachedError, Limits, limited


def settings():
    return (
        resource.getrlimit(resource.RLIMIT_CPU),
        resource.getrlimit(resource.RLIMIT_AS),
        signal.getsignal(signal.SIGXCPU),
    )


@pytest.mark.parametrize("deed", [int, lambda: bytearray(10**11), lambda: [*iter(int, 1)], lambda: 1 / 0])
def test_the_process_has_its_own_limits_again_afterwards(deed):
    before = settings()
    during = []

    def work():
        during.append(settings())
        deed()

    with suppress(LimitReachedError, ZeroDivisionError):
        limited(Limits(1, 10**8, 1), work)
    assert settings() == before
    assert during[0] != before


def test_who_is_no_main_thread_is_not_limited_but_runs_out_of_memory_alike():
    told = []

    def work():
        told.append(settings())
        try:
            limited(Limits(1, 10**8, 1), lambda: bytearray(10**15))
        except LimitReachedError as reached:
            told.append(reached.limit)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [settings(), "memory_per_extraction"]


@pytest.mark.parametrize(
    "limits",
    [Limits(2**63 - 1, 10**9, 1), Limits(2**64, 10**9, 1), Limits(60, 2**63 - 1, 1), Limits(60, 2**90, 1)],
)
def test_more_than_the_system_can_count_is_no_limit(limits):
    before = settings()
    assert limited(limits, lambda: "done") == "done"
    assert settings() == before
