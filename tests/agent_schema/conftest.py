"""Puts the reference fleet's own code where its agents find it."""

import sys
from pathlib import Path

LOGIC = Path(__file__).parent.parent.parent / "logic"

if str(LOGIC) not in sys.path:
    sys.path.append(str(LOGIC))
