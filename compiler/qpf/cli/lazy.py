"""A click group that imports a command when it is called, and plugins when nobody else knows the name."""

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from qpf.cli.commands import COMMANDS

if TYPE_CHECKING:
    from qpf.host.registry import Registry

PLUGIN = "qpf.plugin"
"""Key of `ctx.meta`: the plugin whose command runs."""


class LazyGroup(click.Group):
    """The commands of the compiler by table, those of plugins by registry."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name; loads the plugins."""
        return sorted({*COMMANDS, *(entry.value.name for entry in _registry(ctx).commands)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; loads the plugins only if it is not the compiler's own."""
        entry = COMMANDS.get(cmd_name)
        if entry is not None:
            command: click.Command = getattr(import_module(entry.module), entry.attribute)
            return command
        return _plugin_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a name that nobody knows, say which one is like it."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None:
            return name, command, args[1:]
        from qpf.model.nearest import did_you_mean

        if name.startswith("-"):
            ctx.fail(f"no such option: {name}")
        hint = did_you_mean(name, self.list_commands(ctx))
        return ctx.fail(f"no command `{name}`" + (f"; {hint}" if hint else ""))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands with their summaries, importing none of them."""
        rows = [(name, entry.summary) for name, entry in COMMANDS.items()]
        extra = _registry(ctx).commands
        rows += [(entry.value.name, f"{entry.value.summary} [{entry.plugin}]") for entry in extra]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


def _registry(ctx: click.Context) -> "Registry":
    """The plugins, loaded once a call; what is wrong with them is said, and costs only their commands."""
    loaded: Registry | None = ctx.meta.get("qpf.registry")
    if loaded is None:
        from qpf.cli.output import show_report
        from qpf.host.registry import load_registry

        outcome = load_registry()
        show_report(outcome.report)
        loaded = outcome.value
        ctx.meta["qpf.registry"] = loaded
    return loaded


def _plugin_command(ctx: click.Context, name: str) -> click.Command | None:
    from qpf.cli.output import finish
    from qpf.host.guard import load_command

    for entry in _registry(ctx).commands:
        if entry.value.name == name:
            outcome = load_command(entry)
            loaded: Any = outcome.value
            if outcome.report.failed:
                finish(outcome.report)
            if not isinstance(loaded, click.Command):
                ctx.fail(f"command `{name}` of plugin `{entry.plugin}` is no click command")
            ctx.meta[PLUGIN] = entry.plugin
            gc.enable()  # Nobody knows how long it goes on.
            return loaded
    return None
