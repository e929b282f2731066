"""Which version of this runtime is installed."""

from importlib.metadata import PackageNotFoundError, version


def runtime_version() -> str:
    """Tell it; `unknown` if the runtime lies about uninstalled."""
    try:
        return version("qpf-runtime")
    except PackageNotFoundError:
        return "unknown"
