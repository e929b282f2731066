"""One switch for everything tests expect: `QPF_BLESS=1` writes it anew, and the diff is the review."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# A busy machine must not fail a law: examples may take as long as they take.
settings.register_profile(
    "unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for servers, and for agents that come back."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    # A shell without job control starts what runs behind it deaf to Ctrl-C, and so its children.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("QPF_BLESS") == "1":
        config.option.regen_all = True
