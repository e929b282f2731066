"""The compiler's own subcommands: one file each, imported when it is called."""

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is, and what `--help` says of it without importing it."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "cache": Entry("qpf.cli.cache", "cache", "Look after what compiling has kept."),
    "ci": Entry("qpf.cli.ci", "ci", "Check all that a pull request needs to know, in one run."),
    "compile": Entry("qpf.cli.compile", "compile_command", "Compile the fleet into its environment folders."),
    "drift": Entry("qpf.cli.drift", "drift", "Report how what is there differs from what was approved."),
    "explain": Entry(
        "qpf.cli.explain",
        "explain",
        "Say where a value comes from, what a line reaches, or what a code means.",
    ),
    "format": Entry("qpf.cli.format", "format_command", "Bring schema files into their form."),
    "golden": Entry("qpf.cli.golden", "golden", "Approve what is compiled, or verify what was approved."),
    "graph": Entry("qpf.cli.graph", "graph", "Draw agents, sub-schemas, glue and packet kinds."),
    "init": Entry("qpf.cli.init", "init", "Write a small fleet to start from."),
    "lsp": Entry("qpf.cli.lsp", "serve", "Serve editors: findings, origins, definitions, completion."),
    "metrics": Entry("qpf.cli.metrics", "metrics", "Show what the run history tells of compiles."),
    "migrate": Entry("qpf.cli.migrate", "migrate", "Rewrite sources that speak an earlier schema version."),
    "plan": Entry("qpf.cli.plan", "plan", "Show what a compile would extract, and write nothing."),
    "plugins": Entry("qpf.cli.plugins", "plugins", "List the installed plugins and what they register."),
    "schema": Entry("qpf.cli.schema", "schema", "Work with the agent schema."),
    "test": Entry("qpf.cli.test", "test", "Run the quality gates over what is compiled."),
    "validate": Entry("qpf.cli.validate", "validate", "Check the fleet; without --fix, nothing is written."),
}
