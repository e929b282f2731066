"""Figures of recorded runs, as text with small trends and as data."""

from collections.abc import Iterator, Sequence
from statistics import median

from msgspec.structs import asdict

from qpf.model.alert import Alert
from qpf.model.metrics import ENOUGH_RUNS, Chain, Metrics, Quality, Trend
from qpf.model.node import Data
from qpf.render.excerpt import visible

BARS = "▁▂▃▄▅▆▇█"

SHOWN_AGENTS = 20
"""Of the slowest, in text."""


def render_metrics(metrics: Metrics, alerts: Sequence[Alert]) -> str:
    """Write figures for a person: what is there, one block after the other."""
    blocks = (
        _summary(metrics),
        [f"  {each}" for each in map(_trend, metrics.trends)],
        list(_agents(metrics)),
        [f"  {each}" for each in map(_quality, metrics.quality)],
        [line for each in metrics.chains for line in _chain(each)],
        [f"  {_alert(each)}" for each in alerts],
    )
    heads = (
        f"last {_count(metrics.summary.considered, 'run')} of {metrics.summary.recorded} recorded",
        "trends, the oldest run first",
        "extractions, the slowest first (median of the last builds)",
        "quality, as `qpf test` measured it",
        "dependencies, as last planned",
        "alerts",
    )
    shown = [[head, *lines] for head, lines in zip(heads, blocks, strict=True) if lines]
    return "\n".join("".join(f"{visible(line)}\n" for line in block) for block in shown)


def metrics_data(metrics: Metrics, alerts: Sequence[Alert]) -> dict[str, Data]:
    """The same for `-o json`; null is what is not known."""
    return {
        "summary": _rounded(asdict(metrics.summary)),
        "total": _rounded(asdict(metrics.total)),
        "agents": [
            {**_rounded(asdict(each)), "median_seconds": round(median(each.seconds), 6)}
            for each in metrics.agents
        ],
        "trends": [_rounded(asdict(each)) for each in metrics.trends],
        "quality": [_rounded(asdict(each)) for each in metrics.quality],
        "dependencies": [
            {
                **_rounded(asdict(each)),
                "most_depended_on": [
                    {"agent": agent, "dependents": count} for agent, count in each.most_depended_on
                ],
            }
            for each in metrics.chains
        ],
        "alerts": [asdict(each) for each in alerts],
    }


def sparkline(values: Sequence[float]) -> str:
    """A bar a value, from the least to the most."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    width = high - low
    if not width:
        return BARS[0] * len(values)
    return "".join(BARS[round((value - low) / width * (len(BARS) - 1))] for value in values)


def _summary(metrics: Metrics) -> list[str]:
    summary, total = metrics.summary, metrics.total
    hits = f"{total.kept} kept, {total.local} local, {total.remote} shared; {total.built} built"
    too_few = f"unknown, {_count(summary.considered, 'run')} of {ENOUGH_RUNS} needed"
    rows = (
        ("agents extracted today", f"{summary.agents_extracted_today}"),
        ("extraction time", _seconds(summary.extraction_seconds)),
        (
            "  an agent, on average",
            _seconds(summary.average_extraction_seconds, "unknown, nothing was built"),
        ),
        (
            "  parallel against sequential",
            "unknown, no run extracted anything to its end"
            if summary.speedup is None
            else f"{summary.speedup:.2f} times ({_seconds(summary.parallel_seconds)} of wall time)",
        ),
        ("cache hit rate", f"{_percent(summary.cache_hit_rate_percent, too_few)} ({hits})"),
        ("success rate", _percent(summary.success_rate_percent, too_few)),
        ("failed extractions", f"{total.failed}"),
        ("generated", f"{total.files} files, {total.tests} of them tests; {total.lines} lines of Python"),
        ("processor time", _seconds(total.cpu_seconds)),
        ("most memory of a process", f"{total.memory_bytes / 2**20:.0f} MiB"),
    )
    return [f"  {name:<31}{value}" for name, value in rows]


def _trend(trend: Trend) -> str:
    unit = f" {trend.unit}" if trend.unit else ""
    digits = 0 if all(value == int(value) for value in trend.values) else 2
    first, last = trend.values[0], trend.values[-1]
    return f"{trend.name:<17}{sparkline(trend.values)}  {first:.{digits}f} → {last:.{digits}f}{unit}"


def _agents(metrics: Metrics) -> Iterator[str]:
    shown = metrics.agents[:SHOWN_AGENTS]
    width = max((len(f"{each.environment} {each.agent}") for each in shown), default=0)
    for each in shown:
        yield (
            f"  {f'{each.environment} {each.agent}':<{width}}  {median(each.seconds):>9.3f} s"
            f"  {sparkline(each.seconds)}"
        )
    if len(metrics.agents) > len(shown):
        yield f"  … and {len(metrics.agents) - len(shown)} more, with -o json"


def _quality(quality: Quality) -> str:
    name = f"{quality.environment} {quality.gate}: {quality.name}"
    missed = f"{quality.missed} of {quality.judged} missed" if quality.missed else "all passed"
    if not quality.values:
        return f"{name}  not measured in numbers; {missed} ({quality.threshold})"
    unit = f" {quality.unit}" if quality.unit else ""
    return (
        f"{name}  {sparkline(quality.values)}  {quality.values[0]:.4g} → {quality.values[-1]:.4g}{unit}"
        f" on average; {missed} ({quality.threshold})"
    )


def _chain(chain: Chain) -> Iterator[str]:
    took = _seconds(chain.seconds, "unknown, not all of them were ever built")
    if chain.critical_path:
        yield f"  {chain.environment} critical path: {' → '.join(chain.critical_path)} ({took})"
    if chain.most_depended_on:
        needed = ", ".join(f"{agent} ({count})" for agent, count in chain.most_depended_on)
        yield f"  {chain.environment} most depended on: {needed}"


def _alert(alert: Alert) -> str:
    about = " ".join(part for part in (alert.environment, alert.agent) if part)
    return f"alert[{alert.rule}]: {f'{about}: ' if about else ''}{alert.message}"


def _seconds(value: float | None, unknown: str = "unknown") -> str:
    return unknown if value is None else f"{value:.3f} s"


def _percent(value: float | None, unknown: str) -> str:
    return unknown if value is None else f"{value:.1f} %"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _rounded(data: Data) -> dict[str, Data]:
    return {name: _round(value) for name, value in data.items()}


def _round(value: Data) -> Data:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list | tuple):
        return [_round(each) for each in value]
    return value
