"""`qpf init`: a small fleet to start from, complete or not at all."""

import os
import shutil
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import mkdtemp

import click

from qpf.cli import options
from qpf.cli.editor_settings import SCHEMAS, SETTINGS, schema_files, settings
from qpf.cli.exit import NO_VERDICT
from qpf.cli.output import finish, leave, note, reserved_stdout, show_json
from qpf.cli.session import Session
from qpf.host.registry import Registry, load_registry

HIDDEN = "dot."
"""Package data must not hide itself or take effect where it lies: `dot.gitignore` is `.gitignore`."""

LAST = "qpf.yaml"
"""What makes a folder a fleet; it comes last. Without it, what is there as it would be written is of one that
was killed, and is completed."""

_STAGE = ".qpf-init-"


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@options.output("text", "json")
@click.pass_obj
def init(session: Session, folder: Path | None, form: str) -> None:
    """Write a small fleet to start from.

    One base, one sub-schema, one agent and one environment, in DIR or in this folder, with JSON
    Schemas and settings for editors. Whatever is there already is left alone: if a file would be
    overwritten, nothing is written; settings of an editor that are there stay as they are.
    """
    root = session.root / folder if folder is not None else session.root
    with reserved_stdout():
        registry = load_registry()
    if registry.report.failed:
        finish(registry.report, form)
    tree = _tree(files("qpf.cli") / "init_fleet") | _for_editors(root, registry.value)
    names = sorted({_top(path) for path in tree})
    there = [name for name in names if os.path.lexists(root / name)]
    taken = [name for name in there if name == LAST or not _is_written(root, name, tree)]
    if taken:
        note(f"qpf: {_quoted(taken)} already there; nothing was written")
        leave(NO_VERDICT)
    try:
        _place(root, tree, [name for name in names if name not in there])
    except OSError as error:
        note(f"qpf: cannot write to {folder or '.'}: {error.strerror}; nothing was written")
        leave(NO_VERDICT)
    if form == "json":
        show_json({"written": sorted(tree)})
        return
    for path in sorted(tree):
        click.echo(path)
    note("next: `qpf compile`, then look into environments/dev")


def _for_editors(root: Path, registry: Registry) -> dict[str, bytes]:
    """Schemas and settings for editors, but not those whose folder is somebody's already."""
    with reserved_stdout():
        offered = (
            (SETTINGS, {SETTINGS: settings()}, "its settings are left alone"),
            (SCHEMAS, schema_files(registry), f"`qpf schema export --out {SCHEMAS}` writes the schemas"),
        )
    written: dict[str, bytes] = {}
    for place, contents, instead in offered:
        folder = _top(place)
        if os.path.lexists(root / folder):
            note(f"qpf: {_quoted([folder])} already there; {instead}")
        else:
            written |= contents
    return written


def _tree(folder: Traversable, prefix: str = "") -> dict[str, bytes]:
    """The files of the template, by path."""
    found: dict[str, bytes] = {}
    for entry in folder.iterdir():
        name = f".{entry.name.removeprefix(HIDDEN)}" if entry.name.startswith(HIDDEN) else entry.name
        if entry.is_dir():
            found.update(_tree(entry, f"{prefix}{name}/"))
        else:
            found[f"{prefix}{name}"] = entry.read_bytes()
    return found


def _is_written(root: Path, name: str, tree: dict[str, bytes]) -> bool:
    """Whether a file, or a folder with all its files, is there as it would be written."""
    place = root / name
    found = [place, *place.rglob("*")] if not place.is_symlink() else []
    there = {each.relative_to(root).as_posix(): each for each in found if not each.is_dir()}
    wanted = {path: content for path, content in tree.items() if _top(path) == name}
    return there.keys() == wanted.keys() and all(
        each.is_file() and not each.is_symlink() and each.read_bytes() == wanted[path]
        for path, each in there.items()
    )


def _place(root: Path, tree: dict[str, bytes], names: list[str]) -> None:
    """Write what has these names beside its place, then move it there; on any failure, take it all back."""
    existed = root.exists()
    root.mkdir(parents=True, exist_ok=True)
    moved: dict[Path, Path] = {}
    try:
        _clear(root)
        stage = Path(mkdtemp(prefix=_STAGE, dir=root))
        for path, content in tree.items():
            if _top(path) not in names:
                continue
            file = stage / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for name in sorted(names, key=lambda name: (name == LAST, name)):
            if os.path.lexists(root / name):
                raise FileExistsError(None, f"{name} has just appeared")  # noqa: TRY301  # undone below
            moved[root / name] = stage / name
            (stage / name).rename(root / name)
        stage.rmdir()
    except BaseException:
        for place, source in moved.items():
            if not os.path.lexists(source):
                _remove(place)
        _clear(root)
        if not existed:
            root.rmdir()
        raise


def _clear(root: Path) -> None:
    """Remove what is staged; it is of this call, or of one that was killed."""
    for stage in root.glob(f"{_STAGE}*"):
        _remove(stage)


def _top(path: str) -> str:
    """What of a path lies in the fleet's folder itself."""
    return path.partition("/")[0]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _quoted(names: list[str]) -> str:
    listed = ", ".join(f"`{name}`" for name in names)
    return f"{listed} {'is' if len(names) == 1 else 'are'}"
