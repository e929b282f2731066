"""The order in which the keys of a mapping are kept: that of the model's fields.

A key that the model does not know stays behind the key that it stands behind.
"""

from collections.abc import Sequence


def in_order(names: Sequence[str], order: Sequence[str]) -> list[int]:
    """The places of names, in the order they are kept in."""
    rank = {name: place for place, name in enumerate(order)}
    known = [rank[name] for name in names if name in rank]
    if known == sorted(known):
        return list(range(len(names)))
    groups: list[tuple[int, list[int]]] = []
    for place, name in enumerate(names):
        if name in rank or not groups:
            groups.append((rank.get(name, -1), [place]))
        else:
            groups[-1][1].append(place)
    return [place for _, group in sorted(groups, key=lambda each: each[0]) for place in group]
