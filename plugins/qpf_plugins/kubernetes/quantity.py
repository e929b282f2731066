"""Amounts of resources as Kubernetes writes them, as exact numbers."""

from fractions import Fraction

_FACTORS = {
    "m": Fraction(1, 1000),
    "Ki": Fraction(1024),
    "Mi": Fraction(1024**2),
    "Gi": Fraction(1024**3),
    "Ti": Fraction(1024**4),
}


def amount(quantity: str) -> Fraction:
    """A quantity such as `250m` or `2Gi`, in cores or bytes."""
    for unit, factor in _FACTORS.items():
        if quantity.endswith(unit):
            return Fraction(quantity.removesuffix(unit)) * factor
    return Fraction(quantity)


def show(number: Fraction, kind: str) -> str:
    """An amount as people read it: cores, or the largest unit of bytes that leaves at least one."""
    if kind == "cpu":
        return f"{float(number):g} core{'' if number == 1 else 's'}"
    unit = next((unit for unit in ("Ti", "Gi", "Mi", "Ki") if number >= _FACTORS[unit]), "")
    return f"{float(number / _FACTORS.get(unit, Fraction(1))):.4g}{unit}"
