"""What a person is told when a command cannot do its work: what is wrong, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from qpf.api import did_you_mean
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


@contextmanager
def told(environment: str) -> Iterator[None]:
    """Turn what the runtime refuses into what a person is told."""
    try:
        yield
    except NotCompiledError as error:
        raise Problem(str(error), f"qpf compile --env {environment}") from None
    except UnknownNameError as error:
        raise Problem(str(error), did_you_mean(error.name, error.known)) from None
    except ConfigurationError as error:
        raise Problem(str(error), remedy(str(error))) from None


def remedy(message: str) -> str:
    """Say what helps an agent that lacks its stores or its model; nothing, if it lacks something else."""
    remote = "storagetype" in message or "primary_model" in message
    return "--local keeps everything on this machine and reasons without a model" if remote else ""
