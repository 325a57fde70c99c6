"""Published claims, and the reviewed mapping from each to a metric or to why none fits.

Claims are never evidence: they are held against the result. `data/claims.csv` says what was
published, `data/claim_metrics.csv` which metric that is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.bounds import content_of
from forecast.inputs.places import builtin_folder
from forecast.inputs.tables.tables import Row, read_rows
from forecast.periods import quarter

CLAIMS_FILE, MAPPING_FILE = "data/claims.csv", "data/claim_metrics.csv"
WHOLE = "whole"
SIDES = ("below", "above", "any")
_CLAIM_COLUMNS = (
    "claim_id", "metric", "region", "year_or_date", "low", "mid", "high", "unit", "who",
    "published_date", "source", "source_url", "headline", "status", "note",
)  # fmt: skip
_MAPPING_COLUMNS = (
    "claim_id", "metric", "period", "over", "dimension", "member", "scale", "offset", "read_low",
    "read_high", "origin", "used", "definition_note", "reason", "words", "because",
    "because_if",
)  # fmt: skip
_YEARS = re.compile(r"^(\d{4})-(\d{4})$")


@dataclass(frozen=True)
class ClaimMapping:
    """Which metric or quantity of evidence a claim is about, or in `reason` why none fits.

    `period` is a year, a quarter, or years to add up (2026-2030). `over` compares the metric with
    itself: at an earlier period (a ratio), or a breakdown's member with the whole (a share). A
    published number × `scale` + `offset` is in the metric's unit. `read_low` and `read_high` say
    how a claim without a number is read, as a floor or a ceiling. Claims that report one fact share
    an `origin`; `used` says that it is also evidence. `words` says plainly what a headline claim
    says that has no number of ours. `because` is a fact that explains why the claim lies
    `because_if` (below, above, any) our median.
    """

    metric: str
    period: str
    over: str
    dimension: str
    member: str
    scale: float
    offset: float
    read_low: float | None
    read_high: float | None
    origin: str
    used: bool
    definition_note: str
    reason: str
    words: str
    because: str
    because_if: str
    line: int


@dataclass(frozen=True)
class Claim:
    """A published number: `low` alone is a floor, `high` alone a ceiling, both a range.

    Numbers are in `unit`, as published; `about` is the subject in the source's own terms.
    """

    claim_id: str
    about: str
    region: str
    date: str
    low: float | None
    mid: float | None
    high: float | None
    unit: str
    who: str
    published: str
    source: str
    source_url: str
    headline: bool
    status: str
    note: str
    mapping: ClaimMapping


def claims_sha256(workspace: Path | None = None) -> str:
    """Return a hash of the bytes of both files, whatever is in them.

    Raises InputError for a file that cannot be read.
    """
    return sha256(b"".join(_contents(workspace))).hexdigest()


def read_claims(workspace: Path | None = None) -> tuple[Claim, ...]:
    """Return all claims in the order of the file.

    A workspace without one of the files takes the built-in one. Raises InputError with every
    problem of both: a number that cannot be read, a claim that is mapped twice or not at all, a
    mapping that has neither a metric nor a reason.
    """
    problems: list[Problem] = []
    claims, mappings = _contents(workspace)
    mapped: dict[str, ClaimMapping] = {}
    rows = read_rows(CLAIMS_FILE, claims, _CLAIM_COLUMNS, problems)
    known = [row.text("claim_id") for row in rows]
    for row in read_rows(MAPPING_FILE, mappings, _MAPPING_COLUMNS, problems):
        name = row.text("claim_id")
        if name not in known:
            row.complain("claim_id", name, f"a claim of {CLAIMS_FILE}", did_you_mean(name, known))
        elif name in mapped:
            row.complain("claim_id", f"{name} again", "one row for each claim")
        mapped[name] = _mapping(row)
    found = [claim for row in rows if (claim := _claim(row, mapped)) is not None]
    if problems:
        raise InputError(problems)
    return tuple(found)


def _contents(workspace: Path | None) -> list[bytes]:
    return [_content(workspace, name) for name in (CLAIMS_FILE, MAPPING_FILE)]


def _content(workspace: Path | None, name: str) -> bytes:
    own = workspace / name if workspace else None
    path = own if own and own.is_file() else builtin_folder() / name
    return content_of(path, name)


def _claim(row: Row, mapped: Mapping[str, ClaimMapping]) -> Claim | None:
    """Return a claim with its mapping, None if it has none."""
    name = row.text("claim_id")
    if name not in mapped:
        expected = f"a row for it in {MAPPING_FILE}"
        row.complain("claim_id", f"{name}, which is not mapped", expected)
        return None
    low, mid, high = (_number(row, column) for column in ("low", "mid", "high"))
    if low is not None and high is not None and low > high:
        row.complain("low", f"{low:g}, above high {high:g}", "low at most high")
    return Claim(
        name,
        row.text("metric"),
        row.text("region"),
        row.text("year_or_date"),
        low,
        mid,
        high,
        row.text("unit"),
        row.text("who"),
        row.text("published_date"),
        row.text("source"),
        row.text("source_url", ""),
        row.text("headline", "") == "yes",
        row.choice("status", ("primary", "secondary", "unverified", "judged")),
        row.text("note", ""),
        mapped[name],
    )


def _mapping(row: Row) -> ClaimMapping:
    metric, reason = row.text("metric", ""), row.text("reason", "")
    if bool(metric) == bool(reason):
        found = "both" if metric else "neither"
        row.complain("metric", f"{found} metric and reason", "a metric, or why none fits")
    dimension, member = row.text("dimension", ""), row.text("member", "")
    if bool(dimension) != bool(member):
        row.complain("dimension", f"{dimension or member} alone", "a dimension with its member")
    because, side = row.text("because", ""), row.text("because_if", "")
    if because and side not in SIDES:
        row.complain("because_if", side or "empty", f"one of {', '.join(SIDES)}")
    scale = _number(row, "scale")
    return ClaimMapping(
        metric,
        _period(row, "period", range_too=True) if metric else "",
        _over(row, member),
        dimension,
        member,
        1.0 if scale is None else scale,
        _number(row, "offset") or 0.0,
        _number(row, "read_low"),
        _number(row, "read_high"),
        row.text("origin"),
        row.choice("used", ("yes", "no")) == "yes",
        row.text("definition_note") if metric else "",
        reason,
        row.text("words", ""),
        because,
        side,
        row.line,
    )


def _over(row: Row, member: str) -> str:
    over = row.text("over", "")
    if over == WHOLE and not member:
        row.complain("over", over, "a member, of which this is the whole")
    return over if over in {"", WHOLE} else _period(row, "over")


def _period(row: Row, column: str, *, range_too: bool = False) -> str:
    text = row.text(column)
    if range_too and (match := _YEARS.match(text)) and match[1] < match[2]:
        return text
    expected = "a year (2028), a quarter (2028Q4) or years to add up (2026-2030)"
    row.parsed(column, quarter, expected, 0)
    return text


def _number(row: Row, column: str) -> float | None:
    if not row.text(column, ""):
        return None
    return row.parsed(column, float, "a number", 0.0)
