"""What the forecast believes: every assumption and driver, before and after history has spoken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.beliefs.targets import HEADLINE, role_rows
from forecast.beliefs import Array
from forecast.ensemble.prior import prior_normals, variables
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Assumption, Distribution, Driver, Inputs, Source
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble, missing_inputs
from forecast.world.evaluate import at_period, evaluate, model_graph, with_parts
from forecast.world.rows import plain
from forecast.world.timeline import Timeline

NOTABLE = 0.1  # rank correlation below which an assumption is not said to move a metric
FEWEST_DRAWS = 64


@dataclass(frozen=True)
class Knowledge:
    """What a conditioned ensemble says of beliefs: report rows by variable, paths by driver, and
    rank correlations with the headline metrics by assumption or driver."""

    moved: Mapping[str, Mapping[str, Any]]
    paths: Mapping[str, Sequence[Mapping[str, Any]]]
    influence: Mapping[str, Mapping[str, float]]
    warnings: tuple[str, ...]


def list_assumptions(
    case: Case,
    text: str = "",
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return one row for each belief of each assumption, and one for each driver at the horizon.

    `text` keeps those whose name, title or subject contains it. Raises InputError if none does.
    """
    known = _knowledge(case, draws, seed, through, use_cache)
    rows = [
        row
        for row in _all_rows(case.inputs, known, through)
        if text.lower() in f"{row['assumption']} {row['title']} {row['subject']}".lower()
    ]
    if not rows:
        raise _unknown(text, case.inputs)
    run = run_of(case, draws, seed, through, started)
    return OldResult("assumptions list", run, tuple(rows), known.warnings)


def show_assumption(
    case: Case,
    name: str,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return everything about one assumption or driver: its beliefs (a driver's path by year) as
    rows, and in the extra its readers, correlations, evidence, assumed points and influence.

    Raises InputError if there is none of that name.
    """
    inputs = case.inputs
    if name not in inputs.assumptions and name not in inputs.drivers:
        raise _unknown(name, inputs)
    known = _knowledge(case, draws, seed, through, use_cache)
    driver = inputs.drivers.get(name)
    if driver:
        years = [path["period"] for path in known.paths[name] if path["period"] <= through[:4]]
        rows = [_driver_row(driver, known, year) for year in years]
    else:
        rows = list(_assumption_rows(inputs.assumptions[name], known))
    extra = {
        "readers": _readers(name),
        "correlations": _correlations(name, inputs),
        "evidence": list(_evidence(driver, inputs)) if driver else [],
        "assumed": list(_beliefs(driver)) if driver else [],
        "influence": [
            {"metric": metric, "rank_correlation": size}
            for metric, size in known.influence[name].items()
        ],
    }
    run = run_of(case, draws, seed, through, started)
    return OldResult("assumptions show", run, tuple(rows), known.warnings, extra)


def check_assumptions(case: Case, started: str = "") -> Result:
    """Return a summary of what was read and found right: one row for each kind of input.

    Raises InputError for an assumption that no equation reads, or one that is missing.
    """
    inputs = case.inputs
    if problems := [*missing_inputs(inputs), *unread_assumptions(inputs)]:
        raise InputError(problems)
    _, repairs = prior_normals(inputs.assumptions, inputs.correlations, FEWEST_DRAWS, 1)
    knots = sum(len(each.knots) for each in inputs.assumptions.values())
    beliefs = Counter(each.provenance.status for each in inputs.assumptions.values())
    judged = ", ".join(f"{count} {status}" for status, count in beliefs.most_common())
    assumed = sum(len(each.assumed) for each in inputs.drivers.values())
    data = sum(len(each.periods) for each in inputs.targets)
    rows = [
        _counted("assumptions", len(inputs.assumptions), f"{knots} beliefs; {judged}"),
        _counted("drivers", len(inputs.drivers), f"{assumed} assumed points"),
        _counted("targets", len(inputs.targets), f"{data} figures"),
        _counted("correlations", len(inputs.correlations), "rank correlations between beliefs"),
        *(
            _counted(f"{row['role']} series", row["series"], f"{row['observations']:,} rows")
            for row in role_rows(inputs)
        ),
        _counted("scenarios", len(inputs.scenarios), ", ".join(inputs.scenarios)),
    ]
    run = run_of(case, 0, 0, "", started)
    return OldResult("assumptions check", run, tuple(rows), (*inputs.warnings, *repairs))


def _counted(kind: str, count: int, detail: str) -> Row:
    return {"kind": kind, "count": count, "detail": detail}


def unread_assumptions(inputs: Inputs) -> list[Problem]:
    """Return a problem for each assumption that no equation reads."""
    read = model_graph().arguments()
    return [
        Problem(
            f"{each.file}:{each.line}",
            each.name,
            "an assumption that no equation reads",
            "a name that an equation takes",
            did_you_mean(each.name, sorted(read)),
        )
        for each in inputs.assumptions.values()
        if each.name not in read
    ]


def _knowledge(case: Case, draws: int, seed: int, through: str, use_cache: bool) -> Knowledge:
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    paths: dict[str, list[Mapping[str, Any]]] = {}
    for row in ensemble.report["drivers"]:
        paths.setdefault(row["driver"], []).append(row)
    return Knowledge(
        {row["assumption"]: row for row in ensemble.report["conditioning"]},
        paths,
        _influence(case.inputs, ensemble, timeline, through),
        (*ensemble.report["warnings"], *_unshown(case)),
    )


def _unshown(case: Case) -> tuple[str, ...]:
    """Return a warning if settings were given, which change the future and no belief."""
    if not case.settings:
        return ()
    return ("settings and scenarios change no belief; see forecast assumptions diff",)


def _influence(
    inputs: Inputs, ensemble: Ensemble, timeline: Timeline, through: str
) -> dict[str, dict[str, float]]:
    """Return the rank correlation of each assumption or driver with each headline metric at the
    horizon, over the conditioned draws; of a path, that of its strongest knot."""
    values = evaluate(inputs, ensemble, timeline, with_parts(HEADLINE))
    metrics = np.stack([standard_ranks(at_period(values, name, through)) for name in HEADLINE])
    last = quarter(through) - FIRST_QUARTER
    moving = [(each.assumption, row) for each, row in zip(
        variables(inputs.assumptions), ensemble.normals, strict=True
    )]  # fmt: skip
    moving += [(name, path[:, last]) for name, path in ensemble.paths.items()]
    found: dict[str, dict[str, float]] = {}
    for name, values_of in moving:
        sizes = np.einsum("md,d->m", metrics, standard_ranks(values_of)) / metrics.shape[1]
        best = found.setdefault(name, dict.fromkeys(HEADLINE, 0.0))
        for metric, size in zip(HEADLINE, sizes, strict=True):
            if abs(size) > abs(best[metric]):
                best[metric] = round(float(size), 3)
    return found


def standard_ranks(values: Array) -> Array:
    """Return ranks of (draws,) with mean 0 and variance 1; all zero where nothing varies."""
    ranks = np.empty(values.size)
    ranks[np.argsort(values)] = np.arange(values.size)
    spread = ranks.std() if np.ptp(values) > 0.0 else np.inf
    return np.asarray((ranks - ranks.mean()) / spread)


def _all_rows(inputs: Inputs, known: Knowledge, through: str) -> Iterator[Row]:
    for assumption in inputs.assumptions.values():
        yield from _assumption_rows(assumption, known)
    for driver in inputs.drivers.values():
        yield _driver_row(driver, known, str(quarter(through) // 4))


def _assumption_rows(assumption: Assumption, known: Knowledge) -> Iterator[Row]:
    for knot in assumption.knots:
        at = assumption.name if knot.time is None else f"{assumption.name}@{knot.time:g}"
        moved = known.moved[at]
        yield {
            "assumption": assumption.name,
            "kind": "assumption",
            "subject": assumption.subject,
            "title": assumption.title,
            "period": None if knot.time is None else belief_date(knot.time),
            "unit": assumption.unit,
            **stated(knot.belief),
            **_quantiles(moved),
            "shift": plain(moved["shift"]),
            "spread": plain(moved["spread"]),
            **_strongest(known.influence[assumption.name]),
            **provenance(assumption.provenance, f"{assumption.file}:{assumption.line}"),
        }


def _driver_row(driver: Driver, known: Knowledge, year: str) -> Row:
    path = next(row for row in known.paths[driver.name] if row["period"] == year)
    series = [name for evidence in driver.evidence for name in evidence.series]
    return {
        "assumption": driver.name,
        "kind": "driver",
        "subject": "drivers",
        "title": driver.title,
        "period": year,
        "unit": driver.unit,
        "distribution": f"fitted to {', '.join(series)}",
        "p10": None,
        "p50": None,
        "p90": None,
        **_quantiles(path),
        "shift": None,
        "spread": None,
        **_strongest(known.influence[driver.name]),
        **provenance(driver.provenance, f"{driver.file}:{driver.line}"),
        "assumed_points": len(driver.assumed),
    }


def _quantiles(row: Mapping[str, Any]) -> Row:
    names = [f"{when}_p{p}" for when in ("prior", "conditioned") for p in (10, 50, 90)]
    return {name: plain(row[name]) for name in names}


def _strongest(influence: Mapping[str, float]) -> Row:
    metric = max(influence, key=lambda name: abs(influence[name]))
    if abs(influence[metric]) < NOTABLE:
        return {"moves": None, "rank_correlation": None}
    return {"moves": metric, "rank_correlation": influence[metric]}


def provenance(source: Source, place: str) -> Row:
    """Return where a figure comes from; `place` is the file and line in which it stands."""
    return {
        "status": source.status,
        "source": source.source,
        "source_url": source.url,
        "date": source.date.isoformat(),
        "reasoning": source.reasoning,
        "place": place,
    }


def stated(belief: Distribution) -> Row:
    """Return a belief as it was stated: its quantiles, or the name of its distribution."""
    quantiles = dict(belief.quantiles)
    points = {f"p{round(100 * key)}": quantiles.get(key) for key in (0.1, 0.5, 0.9)}
    arguments = ", ".join(f"{name}={value:g}" for name, value in belief.parameters)
    name = f"{belief.name}({arguments})" if belief.kind == "scipy" else belief.kind
    return {"distribution": name, **points}


def belief_date(time: float) -> str:
    """Return the date of a belief: a year for its middle, else the quarter that has just ended or
    that it lies in."""
    return str(int(time)) if time % 1.0 == 0.5 else label(int(4.0 * time))


def _readers(name: str) -> list[Row]:
    """Return the equations that take an assumption or driver."""
    return [
        {"equation": node.name, "title": node.meaning.title, "unit": node.meaning.unit}
        for node in model_graph().nodes.values()
        if name in node.needs
    ]


def _correlations(name: str, inputs: Inputs) -> list[Row]:
    return [
        {
            "with": each.second if each.first == name else each.first,
            "rank_correlation": each.rank_correlation,
            "reasoning": each.reasoning,
            "place": f"{each.file}:{each.line}",
        }
        for each in inputs.correlations
        if name in {each.first, each.second}
    ]


def _evidence(driver: Driver, inputs: Inputs) -> Iterator[Row]:
    """Yield each series that informs a driver, with its reach and the error of a row."""
    for evidence in driver.evidence:
        for name in evidence.series:
            mine = [row for row in inputs.observations if row.series_id == name]
            last = max(mine, key=lambda row: row.period_end, default=None)
            yield {
                "series_id": name,
                "title": inputs.series[name].title,
                "unit": inputs.series[name].unit,
                "rows": len(mine),
                "first": min((row.period_end.isoformat() for row in mine), default=None),
                "last": last.period_end.isoformat() if last else None,
                "last_value": last.value if last else None,
                "qualifier": last.qualifier if last else None,
                "error": evidence.error,
                "variant": evidence.variant,
                "reasoning": evidence.reasoning,
            }


def _beliefs(driver: Driver) -> Iterator[Row]:
    """Yield what is believed of a driver beside its evidence: saturation, growth and the points
    that somebody supposes, marked assumed."""
    for name, belief, unit in (
        ("saturation", driver.saturation, driver.unit),
        ("growth a year", driver.growth, "log/year"),
    ):
        if belief:
            yield {"belief": name, "unit": unit, **stated(belief), **provenance(
                driver.provenance, f"{driver.file}:{driver.line}"
            )}  # fmt: skip
    for point in driver.assumed:
        at = f"assumed, end of {point.time - 1.0:.0f}" if point.time % 1.0 == 0.0 else "assumed"
        name = at if at != "assumed" else f"assumed, {belief_date(point.time)}"
        yield {"belief": name, "unit": driver.unit, **stated(point.belief), **provenance(
            point.provenance, f"{driver.file}:{driver.line}"
        )}  # fmt: skip


def _unknown(name: str, inputs: Inputs) -> InputError:
    known = [*inputs.assumptions, *inputs.drivers]
    hint = did_you_mean(name, known) or "All of them: forecast assumptions list"
    expected = "an assumption or driver"
    return InputError(Problem("command line", name, "no such assumption", expected, hint))
