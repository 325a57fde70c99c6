"""What holds of every plain table, checked on whole columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from forecast.inputs.schema import Inputs
from forecast.inputs.tables.plain.tables import NotPlain, PlainTable
from forecast.inputs.tables.rows.long_rows import file_source
from forecast.inputs.tables.rows.plausible import LARGEST, SMALLEST, wrong_day
from forecast.inputs.tables.tables import FREQUENCIES
from forecast.inputs.yaml.beliefs import STATUSES
from forecast.units import UNITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from forecast.inputs.tables.plain.tables import Codes

_FARTHEST_STEP = 50.0  # times: two neighbours that a person should look at first
_FARTHEST_AND_BACK = 7.0  # times: a figure and then the next, as a slipped decimal sign leaves them
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EMPTY = ("high", "error", "assumed")  # columns in which a plain file has nothing
_WORDS = {"frequency": FREQUENCIES, "status": STATUSES, "qualifier": ("eq", "approx", "lt", "gt")}
_DEFAULTS = {"frequency": "point", "status": "unverified", "qualifier": "eq"}


def checked(
    file: str,
    texts: dict[str, list[str]],
    codes: dict[str, Codes],
    values: NDArray[np.float64],
    inputs: Inputs,
    today: date,
    *,
    lines: NDArray[np.int64],
    said: str,
) -> PlainTable:
    """Return the table with what its rows leave out filled in. Raises NotPlain for a table that is
    none."""
    import numpy as np

    for name in _EMPTY:
        if texts.pop(name, [""]) != [""]:
            raise NotPlain
        codes.pop(name, None)
    if any(text != text.strip() for column in texts.values() for text in column):
        raise NotPlain
    for name in texts.keys() & _WORDS.keys():
        texts[name] = [text or _DEFAULTS[name] for text in texts[name]]
        if not set(texts[name]) <= set(_WORDS[name]):
            raise NotPlain
    undated = _check_days(texts, codes, today)
    has_sources = "source" in texts
    for name, default in {**_DEFAULTS, "source": file_source(file)}.items():
        if name not in texts:
            texts[name], codes[name] = [default], np.zeros(len(values), np.int32)
    if "" in texts["source"]:
        raise NotPlain
    units = _units(texts, codes, inputs)
    _check_values(texts, codes, values)
    return PlainTable(file, texts, codes, values, units, undated, has_sources, lines, said)


def _check_days(texts: dict[str, list[str]], codes: dict[str, Codes], today: date) -> int:
    """Check both columns of days, fill the published one in, and return how many rows had none.

    The first day of a month may stand for the whole: that is for the reader of all files.
    """
    import numpy as np

    ends = texts["period_end"]
    for text in {*ends, *texts.get("published", ())} - {""}:
        if not _DAY.fullmatch(text) or any(wrong_day("", text)):
            raise NotPlain
    if "" in ends or any(text.endswith("-01") for text in ends):
        raise NotPlain
    end = _ordinals(ends)[codes["period_end"]]
    published = np.zeros_like(end)
    if "published" in texts:
        published = _ordinals(texts["published"])[codes["published"]]
    filled = np.where(published, published, end)
    if (filled < end).any() or filled.max() > today.toordinal():
        raise NotPlain
    days, numbers = np.unique(filled, return_inverse=True)
    texts["published"] = [date.fromordinal(day).isoformat() for day in days.tolist()]
    codes["published"] = numbers.astype(np.int32)
    return int((published == 0).sum())


def _ordinals(days: Sequence[str]) -> NDArray[np.int64]:
    """Return days in ISO 8601 as numbers, 0 for none."""
    import numpy as np

    return np.array([date.fromisoformat(day).toordinal() if day else 0 for day in days])


def _units(
    texts: Mapping[str, list[str]], codes: Mapping[str, Codes], inputs: Inputs
) -> dict[str, str]:
    """Return the unit of each series, of which each must be new and have one."""
    import numpy as np

    names, units = texts["series_id"], texts["unit"]
    if "" in names or not set(units) <= set(UNITS) or {*names} & {*inputs.series, *inputs.drivers}:
        raise NotPlain
    pairs = np.unique(codes["series_id"].astype(np.int64) * len(units) + codes["unit"])
    if len(pairs) > len(names):
        raise NotPlain
    return {names[pair // len(units)]: units[pair % len(units)] for pair in pairs.tolist()}


def _check_values(
    texts: Mapping[str, list[str]], codes: Mapping[str, Codes], values: NDArray[np.float64]
) -> None:
    """Check that figures lie in their units, none stands twice, and neighbours are of one order."""
    import numpy as np

    if ((values != 0.0) & ((values < SMALLEST) | (values > LARGEST))).any():
        raise NotPlain
    is_share = np.array([UNITS[unit].scale == "logit" for unit in texts["unit"]])[codes["unit"]]
    if (values[is_share] > 1.0).any():
        raise NotPlain
    days = [_ordinals(texts[name])[codes[name]] for name in ("published", "period_end")]
    order = np.lexsort(np.stack([*days, codes["series_id"]]))
    key = [codes[name][order] for name in ("series_id", "period_end", "published")]
    is_same = [each[1:] == each[:-1] for each in key]
    if (is_same[0] & is_same[1] & is_same[2]).any():
        raise NotPlain
    ordered = values[order]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(is_same[0], np.log(ordered[1:] / ordered[:-1]), 0.0)
    steps = np.where(np.isfinite(steps), steps, 0.0)
    up, down = steps[:-1], steps[1:]
    is_back = (up * down < 0.0) & (np.abs(up + down) < np.minimum(np.abs(up), np.abs(down)))
    has_slipped = is_back & (np.minimum(np.abs(up), np.abs(down)) >= np.log(_FARTHEST_AND_BACK))
    if (np.abs(steps) > np.log(_FARTHEST_STEP)).any() or has_slipped.any():
        raise NotPlain
