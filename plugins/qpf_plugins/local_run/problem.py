"""What a person is told when a command cannot do its work: what is wrong, and what to do."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from qpf_runtime.errors import ConfigurationError
from qpf_runtime.listing import NotCompiledError, UnknownNameError


class Problem(click.ClickException):
    """Ends a command with exit code 2."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def format_message(self) -> str:
        """Say what is wrong, and on a line of its own what to do."""
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest what may have been meant, or list what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"there is {', '.join(names)}" if names else "there is none"


@contextmanager
def told(environment: str) -> Iterator[None]:
    """Turn what the runtime refuses into what a person is told."""
    try:
        yield
    except NotCompiledError as error:
        raise Problem(str(error), f"qpf compile --env {environment}") from None
    except UnknownNameError as error:
        raise Problem(str(error), nearest(error.name, error.known)) from None
    except ConfigurationError as error:
        remote = "storagetype" in str(error) or "primary_model" in str(error)
        hint = "--local keeps everything on this machine and reasons without a model" if remote else ""
        raise Problem(str(error), hint) from None
