"""What stands in for a command where the runtime is not installed: it says what to install."""

import click


class RuntimeNotInstalled(click.ClickException):
    """Ends a command with exit code 2."""

    exit_code = 2


def missing(name: str) -> click.Command:
    """A command that takes anything and only says what it lacks."""

    @click.command(name, context_settings={"ignore_unknown_options": True, "help_option_names": []})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:
        """Say that the runtime is missing."""
        del arguments
        message = f"`qpf {name}` needs qpf-runtime, which is not installed; install the extra `qpf[run]`"
        raise RuntimeNotInstalled(message)

    return command
