"""What is done to a fleet's files: by the byte, by the node, and by what the schema knows.

Every mutation is a pure function of numbers that hypothesis draws: a failure shrinks and is found again.
"""

import json
from random import Random
from typing import Any

from qpf.syntax.characters import UnwritableError
from qpf.syntax.writer import write_yaml
from tests.fuzz import seeds
from tests.fuzz.inputs import Files

TOKENS = (
    b"null", b"~", b"[]", b"{}", b"true", b"1", b"-1", b"1.5", b'""', b"''", b"[a]", b"{a: b}", b"[[]]",
    b"- ", b": ", b"? ", b"#", b"\t", b"&a ", b"*a", b"!!str ", b"<<: *a", b"99999999999", b"1e400",
    b"0o17", b"017", b".inf", b"'", b'"', b"2024-01-02", b"no", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\r",
    b"\r\n", b"\0", b"\xe2\x80\xa8", b"\xc2\x85", b"{{ x }}", b"{% for", b"{% endif %}", b"{#", b"${X}",
    b"|\n", b">-\n", b"---\n", b"...\n", b"%YAML 1.2\n", b"\xf0\x9f\x98\x80", b"[" * 200, b"{a: " * 100,
    b"- " * 300, b"a" * 5000, b"9" * 400, b"\\", b"../", b"/", b"*", b"a.b.c", b"-> ",
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, -(2**63), 10**19, 0.5, -0.0, 1e308, 5e-324, "", " ", "\n",
    "a", "A", "no", "null", "1", "é", "e\u0301", "\u202e", "😀", "a b", "a\nb\n", "a: b", "a # b", "'", '"',
    "{{ x }}", "{% if %}", "../../etc", "/etc/passwd", "x" * 300, "1 days", "99999999999999999999 days",
    "0 days", "-5 hours", "auto", "*", "**", "anthropic:x", "a:b", "a.b:c", "a.b.c:d.e", "6.0.0", "7.0.0",
    "0.0.0", "999999.0.0", "6.x", "a -> b", "(((((", "[a-", "http://[::1", "http://x:99999", "10.0.0.0/8",
    "10.0.0.0/99", "500m", "1e9Gi", "-1Gi", "0", "agent_v6:*", "import os", "class", "None", "self",
    "__class__", "a-b", "con", "a" * 41, [], {}, [[]], [{}], {"": ""}, {"a": None}, {"a": {"a": {}}},
    [None], [1, "a"], ["a", "a"], [True], {"all": {}}, {"agents": {}},
)  # fmt: skip

KINDS = ("bytes", "tree", "schema")


def mutated(name: str, kind: str, seed: int, times: int) -> Files:
    """A seed fleet after some mutations of one kind."""
    chance = Random(seed)  # noqa: S311  # not for secrets
    files = dict(seeds.fleet(name))
    if kind == "bytes":
        for _ in range(times):
            path = chance.choice(sorted(files))
            files[path] = _bytes(files[path], chance)
        return files
    bodies = {path: json.loads(json.dumps(body)) for path, body in seeds.documents(name).items()}
    for _ in range(times):
        path = chance.choice(sorted(bodies))
        try:
            (_tree if kind == "tree" else _schema)(bodies, path, name, chance)
            files[path] = _written(bodies[path], chance, files[path])
        except RecursionError:  # too deep to be written down, so nobody could
            break
    if chance.random() < 0.05:
        _files(files, chance)
    return files


def _bytes(content: bytes, chance: Random) -> bytes:
    """Mutate a text without knowing what it says."""
    at, length = chance.randrange(len(content) + 1), chance.choice((1, 1, 2, 5, 20, 100))
    lines = content.split(b"\n")
    line = chance.randrange(len(lines))
    match chance.randrange(10):
        case 0:
            return content[:at] + content[at + length :]
        case 1:
            return content[:at] + chance.choice(TOKENS) + content[at:]
        case 2:
            return content[:at] + chance.choice(TOKENS) + content[at + length :]
        case 3:
            return content[:at] + content[at : at + length] * 2 + content[at + length :]
        case 4:
            return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
        case 5:
            return content[:at]
        case 6:
            lines[line] = lines[line].split(b":")[0] + b": " + chance.choice(TOKENS)
        case 7:
            lines[line] = chance.choice((b"  ", b" ", b"\t", b"    ")) + lines[line]
        case 8:
            lines.insert(line, lines[chance.randrange(len(lines))])
        case _:
            del lines[line]
    return b"\n".join(lines)


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below a value."""
    found = [at] if at else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += _places(inner, (*at, key))
    return found


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def _tree(bodies: dict[str, Any], path: str, _name: str, chance: Random) -> None:
    """Mutate a tree knowing that it is one."""
    places = _places(bodies[path])
    if not places:
        bodies[path] = {"name": chance.choice(VALUES)}
        return
    place = chance.choice(places)
    above, key = _at(bodies[path], place[:-1]), place[-1]
    match chance.randrange(9):
        case 0:
            above[key] = chance.choice(VALUES)
        case 1:
            del above[key]
        case 2:
            above[key] = [above[key], above[key]]
        case 3:
            above[key] = {chance.choice(seeds.words()): above[key]}
        case 4:
            other = chance.choice(places)
            if other[: len(place)] == place or place[: len(other)] == other:
                return  # nothing can hold itself
            holder = _at(bodies[path], other[:-1])
            above[key], holder[other[-1]] = holder[other[-1]], json.loads(json.dumps(above[key]))
        case 5 if isinstance(above, dict):
            above[str(chance.choice(VALUES))] = above.pop(key)
        case 6:
            for _ in range(chance.choice((2, 20, 60))):
                above[key] = chance.choice(([above[key]], {"a": above[key]}))
        case 7 if isinstance(above[key], str):
            text = above[key]
            cut = chance.randrange(len(text) + 1)
            above[key] = text[:cut] + str(chance.choice(VALUES)) + text[cut:]
        case _:
            above[key] = chance.choice(seeds.parts())


def _schema(bodies: dict[str, Any], path: str, name: str, chance: Random) -> None:
    """Mutate a tree knowing what could stand there: keys of models, values of other files and fleets."""
    places = _places(bodies[path])
    if not places:
        return
    place = chance.choice(places)
    above, key = _at(bodies[path], place[:-1]), place[-1]
    value = above[key]
    match chance.randrange(8):
        case 0 if isinstance(value, dict):
            value[chance.choice(seeds.words())] = chance.choice(seeds.parts())
        case 1 if isinstance(above, dict):
            above[chance.choice(seeds.words())] = above.pop(key)
        case 2:
            above[key] = _alike(value, chance)
        case 3:
            body = chance.choice(list(seeds.documents(chance.choice(seeds.FLEETS)).values()))
            wanted = [each for each in _places(body) if each[-1] == key]
            above[key] = _at(body, chance.choice(wanted)) if wanted else _alike(value, chance)
        case 4 if isinstance(value, list) and value:
            value.append(_alike(chance.choice(value), chance))
        case 5:
            other = chance.choice(list(seeds.documents(name)))
            section = chance.choice(sorted(bodies[path]))
            bodies[other][section] = bodies[path][section]
        case 6 if path.endswith("environment.yaml"):
            agents = [each[7:-5] for each in bodies if each.startswith("agents/")] or ["a"]
            agent = chance.choice(agents)
            body = bodies.get(f"agents/{agent}.yaml") or {"deployment": {"replicas": 3}}
            section = chance.choice(sorted(body))
            over = bodies[path].setdefault("overrides", {})
            if isinstance(over, dict):
                over["agents"] = {agent: {section: body[section]}}
        case _:
            texts = [each for each in seeds.parts() if isinstance(each, str)]
            above[key] = chance.choice(texts if isinstance(value, str) else seeds.parts())
    bodies[path] = json.loads(json.dumps(bodies[path]))


def _alike(value: Any, chance: Random) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return chance.choice((0, 1, -1, value + 1, -value, value * 1000, 10**15, 0.5, value / 7))
    if isinstance(value, str):
        return chance.choice([each for each in VALUES if isinstance(each, str)] + list(seeds.words()))
    same = [each for each in seeds.parts() if type(each) is type(value)]
    return chance.choice(same)


def _written(body: Any, chance: Random, before: bytes) -> bytes:
    """The text of a document in one of the ways to write it."""
    try:
        match chance.randrange(6):
            case 0:
                return json.dumps(body, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
            case 1:
                return write_yaml(body, sort=False).replace(b"\n", b"\r\n")
            case 2:
                return b"# above\n\n" + write_yaml(body, sort=False).replace(
                    b"\n  ", b"\n  # in between\n  ", 3
                )
            case _:
                return write_yaml(body, sort=False)
    except UnwritableError:
        return before


def _files(files: dict[str, bytes], chance: Random) -> None:
    """Mutate which files there are."""
    path = chance.choice(sorted(files))
    match chance.randrange(3):
        case 0:
            del files[path]
        case 1:
            files[chance.choice(sorted(files))] = files[path]
        case _:
            folder = chance.choice(("agents", "sub", "base", "migrations", "approvals", "environments/x"))
            files[f"{folder}/{chance.choice(('a', 'é', 'A', 'class', '1', 'a b', 'environment'))}.yaml"] = (
                files[path]
            )
