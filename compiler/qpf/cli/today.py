"""Which day it is: for what expires, and for nothing else. No output depends on it."""

import os
from datetime import UTC, datetime


def today() -> str:
    """The date, `2026-11-26`, in UTC; that of `SOURCE_DATE_EPOCH` where a build sets one."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return now.date().isoformat()
