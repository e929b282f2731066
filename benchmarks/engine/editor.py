"""What a person waits for in an editor: from an edit in a large fleet until all of it is judged."""

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from benchmarks import fleet
from benchmarks.engine.bench import QPF, agent_file
from benchmarks.measure import Row

MOST = 3
"""So many environments; the reference has one."""
PATIENCE = 120.0
AGENT = ("system:", "systen:")
BASE = ("deployment:", "deploymend:")
"""What each edit spells wrongly, and the next one rightly: a finding comes or goes every time."""


def editing(folder: Path, agents: int, runs: int) -> list[Row]:
    """Edit an agent, and a base that a third of all agents are made of, again and again."""
    places = {
        number: fleet.make(agents, folder / f"edited-{number}", environments=number) for number in (1, MOST)
    }
    figures = {number: asyncio.run(_session(place, runs)) for number, place in places.items()}
    return [
        Row(
            case=f"{what} of {agents:,} agents edited, {MOST} environments",
            value=round(figures[MOST][what], 4),
            unit="s",
            reference="the same, 1 environment",
            reference_value=round(figures[1][what], 4),
            target=target,
        )
        for what, target in (("an agent", "value <= 1"), ("a base", "value <= 2"))
    ]


async def _session(place: Path, runs: int) -> dict[str, float]:
    """The median of what each edit takes, once the fleet is known."""
    client = LanguageClient("bench", "1")
    told: asyncio.Queue[str] = asyncio.Queue()

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # pygls says no types here
    def publish(params: lsp.PublishDiagnosticsParams) -> None:
        told.put_nowait(params.uri)

    await client.start_io(str(QPF), "-C", str(place), "lsp")
    await client.initialize_async(lsp.InitializeParams(lsp.ClientCapabilities(), root_uri=place.as_uri()))
    client.initialized(lsp.InitializedParams())
    edits = {
        "an agent": _edits(client, agent_file(place, 3), *AGENT),
        "a base": _edits(client, min((place / "base").glob("*.yaml")), *BASE),
    }
    seconds: dict[str, list[float]] = {what: [] for what in edits}
    for what, each in edits.items():
        for _ in range(2 * runs + 2):  # back and forth, and once unmeasured
            started = time.perf_counter()
            uri = next(each)
            async with asyncio.timeout(PATIENCE):
                while await told.get() != uri:
                    pass
            seconds[what].append(time.perf_counter() - started)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]  # as above
    return {what: median(each[2:]) for what, each in seconds.items()}


def _edits(client: LanguageClient, file: Path, right: str, wrong: str) -> Iterator[str]:
    """Open a file, then edit it at each step; yields what the editor calls it."""
    text, uri = file.read_text("utf-8"), file.as_uri()
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "yaml", 0, text)))
    for version, said in enumerate(cycle((text.replace(right, wrong), text)), start=1):
        client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, uri),
                [lsp.TextDocumentContentChangeWholeDocument(said)],
            )
        )
        yield uri
