"""Figures of another order of magnitude than what they revise or stand beside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from forecast.errors import Problem
from forecast.inputs.ingest.doubt import Doubt, and_more, key_of, place_of
from forecast.inputs.schema import Observation
from forecast.inputs.tables.cells.unit_texts import multiple_of

TOO_FAR = {"log": 100.0, "logit": 50.0}  # times its neighbour a year away at most
_NEVER = 1e10  # times its neighbour, whoever confirms it
_REVISED = 20.0  # times what it revises
_NEWS = 2.0  # times its neighbour: taken, with a remark
_SMOOTH = 4.0  # the usual step of a series in which one of a hundredfold is no growth
_SLIPPED = 7.0  # times both neighbours, which agree: a decimal sign has slipped
_AGREE, _EVEN = 2.0, 1.5  # times: such neighbours, and the usual step of such a series
_MAGNITUDES = ((1e3, "thousand"), (1e6, "million"), (1e9, "billion"), (1e12, "trillion"))
_NEAR = 8.0  # times: how near a figure comes to its neighbour in the likely unit


def wrong_sizes(
    name: str,
    rows: Sequence[Observation],
    before: Sequence[Observation],
    stated: Mapping[str, str],
    *,
    is_confirmed: bool,
) -> Iterator[Doubt]:
    """Yield figures that are orders of magnitude from what they revise or stand beside; of those
    that are confirmed the ones with which no curve could be computed."""
    least = _NEVER if is_confirmed else 1.0
    wrong = [(each, near) for each in rows if (near := _far_from(each, before, least))]
    if not before and not is_confirmed:
        wrong = list(_outliers(rows))
    if not wrong and not is_confirmed:
        wrong = list(_slipped(rows, before))
    if not wrong:
        return
    first, near = min(wrong, key=lambda each: each[0].line)
    is_revised = first.period_end == near.period_end
    found = (
        f"{first.value:g} {first.unit}{and_more([each for each, _ in wrong])}, "
        f"{times(first.value / near.value)} {'what it revises' if is_revised else 'its neighbour'}"
        f" ({near.value:g} of {near.period_end})"
    )
    unit = stated.get(place_of(first), "")
    multiple = multiple_of(unit, first.unit) or 1
    likely = likely_unit(first.value, near.value, first.unit, float(multiple))
    said = f"Is it in {likely}? " if likely else ""
    if likely and multiple != 1 and first.unit != "share":
        said += f"Then mend the unit in the file, {unit}. "
    elif likely:
        said += f"Then say so with --unit {likely!r}, or in its header. "
    hint = said if is_confirmed else f"{said}As it stands it is taken with --confirm."
    expected = f"a figure of {name} of that order"
    yield Doubt(
        Problem(place_of(first), "value", found, expected, hint),
        frozenset(key_of(each) for each, _ in wrong),
    )


def _far_from(each: Observation, before: Sequence[Observation], least: float) -> Observation | None:
    """Return the known figure that one is too far from, by a factor of `least` at least, None if it
    fits."""
    plain = [other for other in before if _is_plain(other)]
    if not plain or not _is_plain(each):
        return None
    near = min(plain, key=lambda other: abs((other.period_end - each.period_end).days))
    years = abs((near.period_end - each.period_end).days) / 365.25
    steps = [abs(_log(a.value / b.value)) for a, b in pairwise(_in_order(plain))]
    usual = math.exp(median(steps)) if steps else 1.0
    limit = _REVISED if years == 0.0 else _limit(each) * max(1.0, usual ** (4.0 * years))
    return near if abs(_log(each.value / near.value)) >= math.log(max(limit, least)) else None


def _outliers(rows: Sequence[Observation]) -> Iterator[tuple[Observation, Observation]]:
    """Yield figures of a new series that leave it for another order of magnitude."""
    ordered = _in_order([each for each in rows if _is_plain(each)])
    steps = [abs(_log(b.value / a.value)) for a, b in pairwise(ordered)]
    if len(steps) < 2 or median(steps) > math.log(_SMOOTH):
        return
    for (before, after), step in zip(pairwise(ordered), steps, strict=True):
        if step >= math.log(_limit(after)):
            yield after, before
            return


def _slipped(
    rows: Sequence[Observation], before: Sequence[Observation]
) -> Iterator[tuple[Observation, Observation]]:
    """Yield figures between two that agree and far from both, in a series that goes evenly."""
    newest = {each.period_end: each for each in _in_order(before) if _is_plain(each)}
    newest |= {each.period_end: each for each in _in_order(rows) if _is_plain(each)}
    ordered = _in_order(newest.values())
    steps = [_log(b.value / a.value) for a, b in pairwise(ordered)]
    for index, (up, down) in enumerate(pairwise(steps)):
        is_far = up * down < 0.0 and min(abs(up), abs(down)) >= math.log(_SLIPPED)
        if not is_far or abs(up + down) > math.log(_AGREE) or ordered[index + 1] not in rows:
            continue
        others = [abs(step) for step in (*steps[:index], *steps[index + 2 :])]
        if others and median(others) <= math.log(_EVEN):
            yield ordered[index + 1], ordered[index]


def news(name: str, rows: Sequence[Observation], before: Sequence[Observation]) -> Iterator[str]:
    """Yield what is much more or less than the newest known figure before it."""
    plain = _in_order([each for each in before if _is_plain(each)])
    for each in _in_order([each for each in rows if _is_plain(each)])[-1:]:
        earlier = [other for other in plain if other.period_end < each.period_end]
        if (
            any(other.period_end == each.period_end for other in plain)
            or not earlier
            or (each.period_end - earlier[-1].period_end).days > 400
        ):
            continue
        ratio = each.value / earlier[-1].value
        if abs(_log(ratio)) >= math.log(_NEWS) and each.value != earlier[-1].value:
            yield (
                f"{name} of {each.period_end} is {times(ratio)} that of "
                f"{earlier[-1].period_end}: taken, as news"
            )


def _limit(each: Observation) -> float:
    return TOO_FAR["logit" if each.unit == "share" else "log"]


def _is_plain(each: Observation) -> bool:
    return each.qualifier in {"eq", "approx", "range"} and each.value > 0.0


def _in_order(rows: Iterable[Observation]) -> list[Observation]:
    return sorted(rows, key=lambda each: (each.period_end, each.published))


def _log(ratio: float) -> float:
    return math.log(ratio) if 0.0 < ratio < math.inf else math.inf


def likely_unit(value: float, near: float, unit: str, multiple: float = 1.0) -> str:
    """Return the unit in which a figure would stand `near` its neighbour, "" if in none; it was
    read in a `multiple` of its unit."""
    ratio = multiple * near / value
    if unit == "share":
        return "%" if value > near * 100.0 / _NEAR else ""
    for factor, word in _MAGNITUDES:
        if 1.0 / _NEAR <= ratio / factor <= _NEAR:
            return f"{word} {unit}"
    return ""


def times(ratio: float) -> str:
    """Return in words how many times another a figure is."""
    if ratio >= 1.0:
        return f"{ratio:.3g} times"
    share = f"{ratio:.2g}" if ratio < 0.01 else f"{ratio:.0%}"
    return f"{share} of" if ratio >= 0.01 else f"{share} times"
