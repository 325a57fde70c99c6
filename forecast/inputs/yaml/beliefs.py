"""What is believed of a number, and where the belief comes from, as written in YAML."""

from __future__ import annotations

import math
from typing import cast

from forecast.errors import did_you_mean
from forecast.inputs.schema import Distribution, Knot, Source, Status
from forecast.inputs.yaml.blocks import YamlBlock, listed, sentence
from forecast.inputs.yaml.nodes import Node
from forecast.periods import is_year, mid_year_fraction, quarter
from forecast.units import UNITS, parse_value

BELIEF_KEYS = ("value", "p10", "p50", "p90", "distribution")
SOURCE_KEYS = ("source", "source_url", "status", "date", "known_from", "reasoning")
STATUSES = ("primary", "secondary", "unverified", "judged")
_FORMS = "value, or p10 and p90, or p10, p50 and p90, or distribution"
_LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def read_source(block: YamlBlock, date_key: str = "date") -> Source:
    """Return where a figure comes from; a judgement needs reasoning, all else an address.

    It is taken to be known from its date on, unless it says that its newest fact is older.
    """
    status = block.choice("status", STATUSES)
    judged = status == "judged"
    url = block.text("source_url", "" if judged else None)
    if url and not url.startswith(("https://", "http://")):
        block.complain("source_url", url, "an address that starts with https://")
    day = block.day(date_key)
    known_from = block.day("known_from") if "known_from" in block.entries else day
    if known_from > day:
        block.complain("known_from", str(known_from), f"a day up to its date, {day}")
    return Source(
        source=block.text("source"),
        url=url,
        status=cast(Status, status),
        date=day,
        known_from=known_from,
        reasoning=block.text("reasoning", None if judged else ""),
    )


def read_belief(block: YamlBlock, unit: str) -> Distribution:
    """Return the belief that a block states in one of its forms."""
    given = [key for key in BELIEF_KEYS if key in block.entries]
    if given == ["value"]:
        return Distribution("point", ((0.5, block.number("value", unit)),))
    if given in (["p10", "p90"], ["p10", "p50", "p90"]):
        return _read_quantiles(block, given, unit)
    if given == ["distribution"]:
        return _read_scipy(block, unit)
    if block.node.entries is not None:
        block.complain("", listed(given) or "no value", _FORMS)
    return Distribution("point", ((0.5, math.nan),))


def read_belief_node(node: Node, subject: str, unit: str, block: YamlBlock) -> Distribution:
    """Return the belief of a node of its own: a mapping, or a number for a point."""
    if node.scalar is not None:
        try:
            return Distribution("point", ((0.5, parse_value(node.scalar, unit)),))
        except ValueError as error:
            expected = f"a value in {unit} ({UNITS[unit].meaning})"
            block.problems.append(node.problem(subject, node.scalar, expected, sentence(error)))
            return Distribution("point", ((0.5, math.nan),))
    return read_belief(YamlBlock(node, subject, BELIEF_KEYS, block.problems), unit)


def read_path(block: YamlBlock, unit: str) -> tuple[Knot, ...]:
    """Return the knots of `path`: a year stands for its middle, 2025Q4 for that quarter's."""
    node = block.entries["path"]
    knots = []
    for moment, child in (node.entries or {}).items():
        subject = f"{block.subject}.path.{moment}"
        belief = read_belief_node(child, subject, unit, block)
        try:
            middle = int(moment) + 0.5 if is_year(moment) else mid_year_fraction(quarter(moment))
        except ValueError as error:
            found = str(error)
            block.problems.append(child.problem(subject, found, "a year or quarter", ""))
            continue
        knots.append(Knot(middle, belief))
    if node.entries is None or len(node.entries) < 2:
        block.complain(
            "path", node.shape, "two dates or more", "Without dates write p10, p50, p90."
        )
    return tuple(sorted(knots, key=lambda knot: cast(float, knot.time)))


def _read_quantiles(block: YamlBlock, given: list[str], unit: str) -> Distribution:
    """Return two or three quantiles, which must rise and lie inside what the unit allows."""
    values = {key: block.number(key, unit) for key in given}
    for key, value in values.items():
        if UNITS[unit].scale == "log" and value == 0.0:
            hint = "Write value: 0 for a point."
            block.complain(key, block.text(key), f"a quantile above 0 {unit}", hint)
        if UNITS[unit].scale == "logit" and value in {0.0, 1.0}:
            hint = "A share of exactly 0 or 1 can only be a point, written as value."
            block.complain(key, block.text(key), "a quantile between 0 and 1", hint)
    _check_order(block, values, unit)
    return Distribution("quantiles", tuple((_LEVELS[key], value) for key, value in values.items()))


def _check_order(block: YamlBlock, values: dict[str, float], unit: str) -> None:
    order = f"p10 ≤ p50 ≤ p90, in {unit}"
    low, high, middle = values["p10"], values["p90"], values.get("p50")

    def stated(key: str) -> str:
        return f"{block.text(key)}, line {block.entries[key].line}"

    if low > high:
        found = f"P10 is above P90 ({stated('p90')})"
        block.complain("p10", found, order, "Were the two swapped?")
    elif low == high:
        block.complain("p10", "P10 equals P90", order, "Write value: … for a point.")
    elif middle is not None and middle < low:
        block.complain("p50", f"P50 is below P10 ({stated('p10')})", order)
    elif middle is not None and middle > high:
        block.complain("p50", f"P50 is above P90 ({stated('p90')})", order)


def _read_scipy(block: YamlBlock, unit: str) -> Distribution:
    """Return a SciPy continuous distribution after asking SciPy whether its parameters are valid.

    SciPy is imported here because files are parsed once and then read from the cache.
    """
    node = block.entries["distribution"]
    entries = node.entries or {}
    subject = f"{block.subject}.distribution"
    inner = YamlBlock(node, subject, ("name", *entries), block.problems)
    name = inner.text("name")
    parameters = {key: _read_float(inner, key) for key in entries if key != "name"}
    belief = Distribution("scipy", (), name, tuple(sorted(parameters.items())))
    if not name or not inner.good:
        return belief
    from scipy import stats

    known = [key for key in dir(stats) if isinstance(getattr(stats, key), stats.rv_continuous)]
    if name not in known:
        inner.complain("name", name, "a SciPy continuous distribution", did_you_mean(name, known))
        return belief
    distribution = getattr(stats, name)
    shapes = tuple((distribution.shapes or "").replace(",", " ").split())
    unknown = sorted(set(parameters) - {*shapes, "loc", "scale"})
    missing = sorted(set(shapes) - set(parameters))
    if unknown or missing:
        found = f"parameters {listed(sorted(parameters)) or '(none)'}"
        inner.complain("name", found, f"{listed((*shapes, 'loc', 'scale'))} for {name}")
        return belief
    low, high = distribution.support(**parameters)
    if not math.isfinite(float(distribution.ppf(0.5, **parameters))):
        inner.complain("name", f"parameters outside what {name} allows", "valid parameters")
    else:
        _check_support(block, float(low), float(high), unit)
    return belief


def _read_float(block: YamlBlock, key: str) -> float:
    return block.parsed(key, float, "a number", math.nan)


def _check_support(block: YamlBlock, low: float, high: float, unit: str) -> None:
    """Check that a distribution, cut at floor and ceiling, stays inside what the unit allows."""
    scale = UNITS[unit].scale
    if scale in {"log", "logit"} and low < 0.0 and "floor" not in block.entries:
        hint = "Give a floor, or a distribution that cannot be negative."
        block.complain("distribution", f"values down to {low:g}", f"{unit} from 0", hint)
    if scale == "logit" and high > 1.0 and "ceiling" not in block.entries:
        hint = "Give a ceiling, or a distribution that stays below 1."
        block.complain("distribution", f"values up to {high:g}", "shares up to 1", hint)
