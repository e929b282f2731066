"""`qpf cache`: what the caches of extractions hold, whether it is sound, and less of it."""

from collections.abc import Iterable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import click
from msgspec import Struct
from msgspec.structs import asdict
from pydantic import TypeAdapter, ValidationError

from qpf.cli import caches as shared
from qpf.cli import options
from qpf.cli.exit import CLEAN, FINDINGS
from qpf.cli.output import finish, leave, note, reserved_stdout, show_json, show_table
from qpf.cli.session import Session
from qpf.compilation.front import Front, load_front
from qpf.engine.entry import read
from qpf.io.cachefolder import CacheFolder
from qpf.io.workshop import WORKSHOP
from qpf.io.worktree import WorkTree
from qpf.model.cache import Store, StoreError, StoreSize
from qpf.stages.engine import CacheSettings, Size, bytes_of

PLACE = f"{WORKSHOP}/cache"
_PATIENCE = 3
"""Deadlines that counting may take: a store counts in several calls, each within one."""
_UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


class Held(Struct, frozen=True):
    """What a cache says of itself.

    Attributes:
        name: `local`, or what a shared cache is called: no secrets.
        entries: How many of ours it holds; None where it cannot tell.
        bytes: Their size.
        bound: Bytes it may hold, if that is for us to say.
        trouble: Why it cannot be used; empty if it can.
    """

    name: str
    entries: int | None = None
    bytes: int | None = None
    bound: int | None = None
    trouble: str = ""


class SizeOption(click.ParamType[int]):
    """A size in bytes, as `qpf.yaml` writes it."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read `500MB`, `2 GiB` or `0`."""
        if isinstance(value, int):
            return value
        if value == "0":
            return 0
        try:
            return bytes_of(TypeAdapter(Size).validate_python(value))
        except ValidationError:
            self.fail(f"`{value}` is no size such as 500MB, 2GiB or 0", param, ctx)


@click.group("cache")
def cache() -> None:
    """Look after what compiling has kept.

    The local cache is the fleet's .qpf/cache. A compile that finds nothing there makes everything
    anew, so nothing is lost by removing any of it.
    """


@cache.command("stat")
@options.caches
@options.output("text", "json")
@click.pass_obj
def stat(session: Session, caches: tuple[str, ...], form: str) -> None:
    """Show how much the caches hold.

    A shared cache that cannot be reached says so, and the exit code is 0.
    """
    front = _front(session, form)
    settings = front.configuration.engine.cache
    opened = shared.caches_of(front.registry, settings, caches)
    if opened.report.failed:
        finish(opened.report, form)
    with reserved_stdout():
        held = [
            _held("local", _folder(session, settings), bytes_of(settings.max_size)),
            *_counted(opened.value, settings.deadline_seconds * _PATIENCE),
        ]
    if form == "json":
        show_json({"caches": [asdict(each) for each in held]})
        return
    show_table(
        ("cache", "entries", "size", "bound"),
        [
            (
                PLACE if each.name == "local" else each.name,
                "-" if each.entries is None else str(each.entries),
                _shown(each.bytes),
                _shown(each.bound),
            )
            for each in held
        ],
        right=(1, 2, 3),
    )
    for each in held:
        called = "the local cache" if each.name == "local" else f"the cache {each.name}"
        if each.trouble:
            note(f"{called} cannot be used: {each.trouble}")
        elif each.entries is None:
            note(f"{called} does not tell how much it holds")


@cache.command("verify")
@options.output("text", "json")
@click.pass_obj
def verify(session: Session, form: str) -> None:
    """Read every entry of the local cache, and remove each that is not sound.

    Sound is what can be read, is whole, lies where its key belongs, and is signed with QPF_CACHE_SECRET if
    that is set; without it, what is signed counts as damaged. Exits with 1 if something was removed.
    """
    folder = _folder(session, _front(session, form).configuration.engine.cache)
    secret = shared.secret()
    try:
        found = folder.verify(lambda blob: read(blob, secret)[0])
    except StoreError as error:
        raise _unusable(error) from error
    if form == "json":
        show_json({"sound": found.sound, "removed": found.removed})
    else:
        click.echo(f"{_entries(found.sound)} sound, {found.removed} removed")
    leave(FINDINGS if found.removed else CLEAN)


@cache.command("prune")
@click.option(
    "--size",
    "most",
    type=SizeOption(),
    metavar="SIZE",
    help="What may be left, such as 500MB; 0 leaves nothing. By default the bound that qpf.yaml sets.",
)
@options.output("text", "json")
@click.pass_obj
def prune(session: Session, most: int | None, form: str) -> None:
    """Bring the local cache down to a size.

    What is too old goes first, then what was not used for longest.
    """
    settings = _front(session, form).configuration.engine.cache
    folder = _folder(session, settings)
    try:
        removed = folder.prune(bytes_of(settings.max_size) if most is None else most)
        left = folder.size()
    except StoreError as error:
        raise _unusable(error) from error
    if form == "json":
        sizes = {"removed": removed, "left": left}
        show_json({name: {"entries": each.entries, "bytes": each.size} for name, each in sizes.items()})
    else:
        click.echo(f"removed {_amount(removed)}; {_amount(left)} left")


def _front(session: Session, form: str) -> Front:
    """The fleet as far as `qpf.yaml` can be read; what is wrong elsewhere is no concern here."""
    with reserved_stdout():
        outcome = load_front(WorkTree(session.root))
    if outcome.value is None:
        finish(outcome.report, form, folder=session.folder)
    return outcome.value


def _folder(session: Session, settings: CacheSettings) -> CacheFolder:
    return CacheFolder(
        session.root / PLACE, ttl_seconds=settings.ttl_hours * 3600, most=bytes_of(settings.max_size)
    )


def _held(name: str, store: Store, bound: int | None = None) -> Held:
    try:
        try:
            size = store.size()
        finally:
            store.close()
    except StoreError as error:
        return Held(name, bound=bound, trouble=str(error))
    return Held(name, size.entries, size.size, bound)


def _counted(stores: Sequence[tuple[str, Store]], patience: float) -> Iterable[Held]:
    """What shared caches say, all asked at once; one that hangs is left behind."""
    answers: SimpleQueue[Held] = SimpleQueue()

    def ask(name: str, store: Store) -> None:
        answers.put(_held(name, store))

    for named in stores:
        Thread(target=ask, args=named, daemon=True).start()
    end = monotonic() + patience
    held = {name: Held(name, trouble=f"no answer within {patience:g} s") for name, _ in stores}
    for _ in stores:
        try:
            answer = answers.get(timeout=max(0.0, end - monotonic()))
        except Empty:
            break
        held[answer.name] = answer
    return held.values()


def _unusable(error: StoreError) -> click.ClickException:
    return click.ClickException(f"the local cache cannot be used: {error}")


def _entries(number: int | None) -> str:
    return f"{number} entry" if number == 1 else f"{number} entries"


def _amount(size: StoreSize) -> str:
    return f"{_entries(size.entries)} ({_shown(size.size)})"


def _shown(size: int | None) -> str:
    """A size for a person."""
    if size is None:
        return "-"
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
