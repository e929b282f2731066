"""Follow a symbolic link by hand, inside the fleet's root; knows only what `Files` answers.

One resolver for the work tree and for git revisions, so that a link means the same in both.
"""

from qpf.io.tree import Files, Kind

_MOST_HOPS = 40


class LinkError(Exception):
    """The link cannot be followed; the message ends the sentence "this symbolic link ‥"."""


def resolve(files: Files, path: str) -> tuple[str, Kind]:
    """Find what stands at a path when every link on the way is followed.

    Returns:
        A path free of links, and what stands there: a file, a folder or something special.

    Raises:
        LinkError: If a link leaves the root, leads nowhere, or never ends.
        UnreadableError: If the place cannot answer.
    """
    ahead = path.split("/")[::-1]
    done: list[str] = []
    kind: Kind | None = Kind.FOLDER
    hops = 0
    while ahead:
        part = ahead.pop()
        if part in {"", "."}:
            continue
        if kind is not Kind.FOLDER:
            message = "leads nowhere"
            raise LinkError(message)
        if part == "..":
            if not done:
                message = "leaves the fleet's folder"
                raise LinkError(message)
            done.pop()
            continue
        here = "/".join([*done, part])
        kind = files.kind(here)
        if kind is Kind.LINK:
            hops += 1
            if hops > _MOST_HOPS:
                message = "goes round in circles"
                raise LinkError(message)
            target = files.target(here)
            if target.startswith("/"):
                message = "points to an absolute path"
                raise LinkError(message)
            ahead.extend(target.split("/")[::-1])
            kind = Kind.FOLDER
        else:
            done.append(part)
    if kind is None:
        message = "leads nowhere"
        raise LinkError(message)
    return "/".join(done), kind
