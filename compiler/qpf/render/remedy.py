"""What a program can do about a finding, in words."""

from qpf.model.diagnostic import Applicability, Fix


def told(fix: Fix) -> str:
    """The fix, and who makes it."""
    unsafe = fix.applicability is Applicability.UNSAFE
    return f"{fix.what}, by `qpf validate --fix{' --unsafe-fixes' if unsafe else ''}`"
