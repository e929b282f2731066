"""Where secrets of the environment may go, by who named the address."""

import os

from qpf.model.trust import VARIABLE, Trust, trusted


def of_command() -> Trust:
    """Of an address that whoever runs the command named: anywhere."""
    return Trust(os.environ)


def of_source() -> Trust:
    """Of an address in a source: to the hosts that the environment trusts."""
    return Trust(os.environ, trusted(os.environ.get(VARIABLE, "")))
