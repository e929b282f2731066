"""Turns figures of the plastics market into levels from 0 to 1, where more is always better."""

FULL_VOLUME_TONNES = 1000.0
FULL_PRICE_EUR_PER_KG = 5.0
FULL_QUALITY_POINTS = 100.0
FULL_LEAD_TIME_DAYS = 90.0

_DIGITS = 6  # finer than any figure in PlastOS, and free of the noise of floating point


def rising(value: float, full: float) -> float:
    """The level of a figure that is better when it is larger: 0 at zero, 1 from `full` on."""
    return round(min(max(value / full, 0.0), 1.0), _DIGITS)


def falling(value: float, full: float) -> float:
    """The level of a figure that is better when it is smaller: 1 at zero, 0 from `full` on."""
    return round(1.0 - rising(value, full), _DIGITS)
