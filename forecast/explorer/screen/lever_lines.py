"""Levers as styled lines: each with its track, its marks and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from forecast.explorer.levers import Lever
from forecast.explorer.screen.drawings import clipped, metric_name
from forecast.explorer.view import View
from forecast.report.characters.table_lines import Line, Span
from forecast.report.numbers import own_value
from forecast.report.pages.whatif.changes import number

PLAIN_DIFFERENCE = {"year", "log", "log/year"}
TRACK = (14, 48)  # fewest and most columns
MOST_NAME = 56
NOTHING = 0.01  # of a step
END, VALUES, CHANGE = 6, 15, 7  # columns of a track's end, of a lever's values, of its change


def lever_heading(view: View, width: int) -> Line:
    """Return the line above the levers, with what their marks mean."""
    about = f"with “{view.search}”" if view.search else f"of {metric_name(view, view.metric)}"
    left = f" LEVERS {about}, {view.facts.period} "
    right = " ◇ prior ━ 10–90% known ┃ base ● here "
    if width < len(left) + len(right) + 2:
        right = ""
    rule = "─" * max(0, width - len(left) - len(right))
    return (left, "title"), (rule, "rule"), (right, "quiet")


def lever_lines(view: View, width: int, height: int, *, has_focus: bool) -> Iterator[Line]:
    """Yield levers around the chosen one: name, track with its ends, base and where it stands."""
    if not view.ranked:
        yield ((" measuring what moves this metric …", "quiet"),)
        return
    if not view.keys:
        yield ((f" nothing has “{view.search}” in its name; esc to list all", "quiet"),)
        return
    chosen = view.lever
    name, track = _columns(width)
    for lever in view.shown(height):
        is_chosen = lever == chosen
        style = "chosen" if is_chosen and has_focus else "strong" if is_chosen else "median"
        yield (("▸ " if is_chosen else "  ", style), *_lever(view, lever, name, track, style))


def _columns(width: int) -> tuple[int, int]:
    """Return the columns of a lever's name and of its track."""
    room = width - 2 - 2 * END - VALUES - CHANGE - 5
    track = min(TRACK[1], max(TRACK[0], round(0.4 * room)))
    return min(MOST_NAME, max(0, room - track)), track


def along_track(column: int, width: int) -> float | None:
    """Return at which share of the track a column of a lever's line lies, None beside it."""
    name, track = _columns(width)
    share = (column - 2 - name - END - 2) / (track - 1)
    return share if 0.0 <= share <= 1.0 else None


def _lever(view: View, lever: Lever, name: int, track: int, style: str) -> Iterator[Span]:
    now = view.stands_at(lever)
    low, high = (short(end, lever.unit) for end in lever.track)
    called = lever.title if len(lever.title) <= name else lever.key.replace("_", " ")
    yield f"{clipped(called, name):<{name}} {low:>{END}} ", style
    yield from _track(lever, now, track)
    is_moved = view.setting(lever) is not None or (abs(now - lever.base) > 1e-9 * abs(lever.base))
    base, now = _or_nothing(lever, lever.base), _or_nothing(lever, now)
    values, change = short(base, lever.unit), ""
    if is_moved:
        values = f"{values} → {short(now, lever.unit)}"
        change = lever_change(base, now, lever.unit)
    yield f" {high:<{END}} {values:<{VALUES}} {change:>{CHANGE}}", style


def _or_nothing(lever: Lever, value: float) -> float:
    """Return a value of a lever, 0 for one that is next to nothing beside its steps."""
    return 0.0 if lever.scale == "linear" and abs(value) < NOTHING * lever.step else value


def short(value: float, unit: str) -> str:
    """Return a value of a lever in a few columns: 43%, $1.2T, 5.9M, 0.25."""
    return own_value(value, unit).replace(" ", "")


def _track(lever: Lever, now: float, columns: int) -> Iterator[Span]:
    """Yield a lever's track: what was believed and is known now, the base, and where it stands."""

    def column(value: float) -> int:
        return round(lever.along(value) * (columns - 1))

    signs = [("·", "rule")] * columns
    for band, sign in ((lever.prior, ("─", "rule")), (lever.conditioned, ("━", "fan inner"))):
        if band is not None:
            first, last = column(band.p10), column(band.p90)
            signs[first : last + 1] = [sign] * (last - first + 1)
    if lever.prior is not None:
        signs[column(lever.prior.p50)] = ("◇", "observed")
    signs[column(lever.base)] = ("┃", "fan inner")
    signs[column(now)] = ("●", "fan")
    for style, cells in groupby(signs, key=lambda cell: cell[1]):
        yield "".join(sign for sign, _ in cells), style


def lever_change(base: float, now: float, unit: str) -> str:
    """Return how far a lever is from the base: points of a share, per cent of the rest, and without
    its unit what is no part of the base."""
    if unit in PLAIN_DIFFERENCE or (not base and unit != "share"):
        sign = "+" if now > base else "−" if now < base else ""
        return sign + short(abs(now - base), unit)
    change = 100.0 * (now - base) / (1.0 if unit == "share" else abs(base))
    places = 0 if abs(change) >= 10.0 else 1
    return number(change, places, "+") + (" pp" if unit == "share" else "%")
