"""How names of a fleet become names of resources. Knows nothing of what carries them."""

import re

LONGEST_NAME = 63
"""The longest DNS-1123 label, and the longest value of a label."""

POD_SUFFIX = len("-0123456789-01234")
"""What a Deployment adds to its own name to name a pod: the template's hash and the pod's."""

LONGEST_WORKLOAD = LONGEST_NAME - POD_SUFFIX
"""The longest name whose pods still have host names of their own: longer ones are cut."""

_OTHER = re.compile(r"[^a-z0-9]+")
_WORKLOAD = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?\Z")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\Z")


def resource_name(name: str) -> str:
    """The kebab-case name: `main_agent` becomes `main-agent`. Different names may become the same."""
    return _OTHER.sub("-", name.lower()).strip("-")


def is_workload_name(name: str) -> bool:
    """Whether a Deployment, its pods and its Service can all carry this name."""
    return len(name) <= LONGEST_WORKLOAD and _WORKLOAD.match(name) is not None


def is_label_value(value: str) -> bool:
    """Whether this may stand behind a label."""
    return len(value) <= LONGEST_NAME and _LABEL_VALUE.match(value) is not None
