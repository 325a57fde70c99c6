"""Is the installation sound, and is the model plausible: checks with what was found beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

import numpy as np

from forecast import __version__
from forecast.analysis.hindcast.measured import Measured, kept_discrepancies
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import load
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.rows.plausible import plausible_rows
from forecast.inputs.yardsticks.sanity import SANITY_FILE, Range, read_sanity
from forecast.model.arrays import QUARTERS_PER_YEAR
from forecast.model.equations import model_graph
from forecast.periods import is_year, label, quarter
from forecast.result import BESIDE, DEFAULT, Band, Result, RunOptions, band
from forecast.store import StoredGuidance, StoredRow, cache_limit, open_store
from forecast.store.cache import LIMIT
from forecast.store.runs import PAYLOADS, RUNS
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import plain
from forecast.world.values import Values

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "PyYAML", "typer", "rich")
HOURS_PER_YEAR = 8_760.0
METRICS = (
    "agent_revenue",
    "ai_capex",
    "ai_power_capacity",
    "ai_power_mean",
    "ai_revenue",
    "anthropic_revenue",
    "anthropic_serving_spend",
    "china_compute_share",
    "chip_spend",
    "compute_sold",
    "compute_stock",
    "facility_watts_per_h100e",
    "forward_share",
    "google_compute_share",
    "inference_chip_spend",
    "inference_share",
    "largest_run_flop",
    "meta_compute_share",
    "nvidia_compute_sold",
    "openai_revenue",
    "openai_serving_spend",
    "outside_money",
    "price_per_h100e",
    "rent_over_cost",
    "tokens_per_h100e_hour",
    "training_chip_spend",
    "training_flop",
    "two_labs_compute",
    "us_grid_share",
)
SPLIT = ("chip_spend", "training_chip_spend", "inference_chip_spend")
Ratio = Callable[[Values, str], Array]


@dataclass(frozen=True)
class CheckRow:
    """What was found of an installation, and what to do where it does not hold."""

    check: str
    found: str
    holds: bool = True
    hint: str = ""


@dataclass(frozen=True)
class SettingRow:
    """A setting in force, and where it comes from."""

    setting: str
    value: str
    origin: str


@dataclass(frozen=True)
class RatioRow:
    """A sanity ratio against its range, None where an end is open: `verdict` by the median,
    `reached` where the band from P10 to P90 touches the range."""

    ratio: str
    title: str
    formula: str
    period: str
    unit: str
    low: float | None
    high: float | None
    quantiles: Band = field(metadata=band(""))
    verdict: Literal["inside", "below", "above"]
    reached: bool
    basis: str
    source: str
    source_url: str
    status: str
    note: str


@dataclass(frozen=True)
class Sanity(Result):
    """The model's ratios against published ranges, and what hindcasts measured of its
    discrepancy."""

    rows: tuple[RatioRow, ...]
    discrepancies: tuple[Measured, ...] = field(metadata=BESIDE)

    @property
    def outside(self) -> list[RatioRow]:
        """The ratios outside their range."""
        return [row for row in self.rows if row.verdict != "inside"]


def installation(workspace: Path | None) -> list[CheckRow]:
    """Return what is installed and whether it works: one row for each check."""
    place = str(workspace) if workspace else "none; the built-in base case is used"
    return [
        _python(),
        CheckRow("forecast", __version__),
        *(_package(name) for name in PACKAGES),
        CheckRow("workspace", place),
        *_store(workspace),
        *_inputs(workspace),
    ]


def _ingested(workspace: Path | None, inputs: Inputs) -> list[CheckRow]:
    """Return whether every ingested row of a series that is read can be evaluated."""
    if workspace is None:
        return []
    store = open_store(workspace)
    observed, bad = plausible_rows(store.kept(StoredRow, inputs.series))
    said, worse = plausible_rows(store.kept(StoredGuidance))
    if wrong := (*bad, *worse):
        found = f"{len(wrong):,} left out: {wrong[0]}"
        return [CheckRow("ingested rows", found, False, "all of them: forecast forget --list")]
    return [CheckRow("ingested rows", f"{len(observed) + len(said):,} of known series, in order")]


def _python() -> CheckRow:
    found = ".".join(str(part) for part in sys.version_info[:3])
    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    return CheckRow("python", found, sys.version_info >= OLDEST_PYTHON, f"needs {oldest} or newer")


def _package(name: str) -> CheckRow:
    try:
        return CheckRow(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return CheckRow(
            name, "not installed", False, "install forecast again with its dependencies"
        )


def _store(workspace: Path | None) -> list[CheckRow]:
    path = open_store(workspace).path
    existing = next(each for each in (path, *path.parents) if each.exists())
    writable = os.access(existing, os.W_OK)
    hint = "results are not kept between runs; make the folder writable"
    return [
        CheckRow("store", str(path), writable, "" if writable else hint),
        *_sizes(workspace),
    ]


def _sizes(workspace: Path | None) -> list[CheckRow]:
    """Return how large the store is and what bounds it."""
    store = open_store(workspace)
    try:
        found, limit = store.sizes(), cache_limit()
    except InputError as error:
        problem = error.problems[0]
        wrong = f"{problem.place}: {problem.subject}: {problem.found}"
        return [CheckRow("store size", wrong, False, problem.hint or problem.expected)]
    size = store.path.stat().st_size if store.path.is_file() else 0
    cache = f"{found.cache / 1e6:,.1f} of at most {limit / 1e6:,.0f} MB, {found.entries:,} entries"
    cache += f"; {LIMIT} sets the limit"
    runs = f"{found.runs:,} of at most {RUNS:,}; what they found and rest on"
    runs += f" {found.payloads / 1e6:,.1f} of at most {PAYLOADS / 1e6:,.0f} MB"
    rows = f"{found.rows:,} ingested or accepted, {found.proposals:,} proposals; no limit"
    return [
        CheckRow("store size", f"{size / 1e6:,.1f} MB in all"),
        CheckRow("cache", cache),
        CheckRow("runs kept", runs),
        CheckRow("rows", rows),
    ]


def _inputs(workspace: Path | None) -> list[CheckRow]:
    try:
        inputs = load(workspace)
    except InputError as error:
        count = len(error.problems)
        found = f"{count} problem{'s' if count != 1 else ''}: {error.problems[0].sentence()}"
        return [CheckRow("inputs", found, False, "all of them: forecast assumptions check")]
    counts = f"{len(inputs.assumptions)} assumptions, {len(inputs.observations):,} observations"
    counts += f", {len(inputs.guidance)} rows of guidance"
    return [
        CheckRow("inputs", counts),
        CheckRow("data through", inputs.data_through.isoformat()),
        *_ingested(workspace, inputs),
    ]


def sanity(case: Case, options: RunOptions = DEFAULT) -> Sanity:
    """Return each sanity ratio against its range.

    Ranges at periods after the horizon are left out. Raises InputError for a range whose ratio is
    not known.
    """
    ranges = read_sanity(case.workspace)
    if problems := _unknown(ranges):
        raise InputError(problems)
    world = open_world(case, options)
    values = world.values([*METRICS, *(model_graph().record_of(name, "silicon") for name in SPLIT)])
    rows = tuple(
        verdict(each, RATIOS[each.id](values, each.period) / each.reference)
        for each in ranges
        if quarter(each.period) <= quarter(options.through)
    )
    run = run_of(case, options)
    return Sanity("doctor", run, rows, world.warnings, tuple(kept_discrepancies()))


def _unknown(ranges: tuple[Range, ...]) -> list[Problem]:
    return [
        Problem(
            f"{SANITY_FILE}:{each.line}",
            "id",
            each.id,
            f"one of {', '.join(RATIOS)}",
            did_you_mean(each.id, RATIOS),
        )
        for each in ranges
        if each.id not in RATIOS
    ]


def verdict(limits: Range, draws: Array) -> RatioRow:
    """Return the row of a ratio from its draws, (draws,), in the unit of its range."""
    points = np.nanpercentile(draws, (10.0, 50.0, 90.0))
    low, middle, high = (plain(float(value)) for value in points)
    return RatioRow(
        ratio=limits.id,
        title=limits.title,
        formula=limits.formula,
        period=limits.period,
        unit=limits.unit,
        low=limits.low if np.isfinite(limits.low) else None,
        high=limits.high if np.isfinite(limits.high) else None,
        quantiles=Band(low, middle, high),
        verdict="below" if middle < limits.low else "above" if middle > limits.high else "inside",
        reached=high >= limits.low and low <= limits.high,
        basis=limits.basis,
        source=limits.source,
        source_url=limits.url,
        status=limits.status,
        note=limits.note,
    )


def _before(period: str) -> str:
    """Return the year or quarter before a period."""
    return str(int(period) - 1) if is_year(period) else label(quarter(period) - 1)


def _added(values: Values, metric: str, period: str) -> Array:
    """Return by how much a stock or cumulative metric grows over a period, (draws,)."""
    return values.at(metric, period) - values.at(metric, _before(period))


def _share(metric: str, member: str) -> Ratio:
    """Return the ratio of a silicon class to the whole of a spend; not a number where nothing is
    spent."""

    def ratio(values: Values, period: str) -> Array:
        part, whole = values.at(metric, period, "silicon", member), values.at(metric, period)
        return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)

    return ratio


def _quotient(above: str, below: str) -> Ratio:
    """Return the ratio of two metrics at one period."""
    return lambda values, period: values.at(above, period) / values.at(below, period)


def _plain_metric(metric: str) -> Ratio:
    return lambda values, period: values.at(metric, period)


def running_compute_growth(values: Values, period: str) -> Array:
    """Running compute at the end of a year over that of the year before."""
    before = values.at("compute_stock", _before(period))
    return values.at("compute_stock", period) / before


def shipment_growth(values: Values, period: str) -> Array:
    """Compute sold in a year over compute sold in the year before."""
    before = _added(values, "compute_sold", _before(period))
    return _added(values, "compute_sold", period) / before


def capex_per_watt_added(values: Values, period: str) -> Array:
    """AI capex over the facility watts that began to run, USD/W."""
    return values.at("ai_capex", period) / _added(values, "ai_power_capacity", period)


def capex_per_watt_sold(values: Values, period: str) -> Array:
    """AI capex over the facility watts of the chips sold, quarter by quarter, USD/W."""
    quarters = [f"{period}Q{number}" for number in (1, 2, 3, 4)]
    watts = [
        values.at("chip_spend", each)
        / values.at("price_per_h100e", each)
        * values.at("facility_watts_per_h100e", each)
        for each in quarters
    ]
    return np.asarray(values.at("ai_capex", period) / np.sum(watts, axis=0))


def nvidia_price(values: Values, period: str) -> Array:
    """NVIDIA's chip spend over the H100e it sold, USD/H100e."""
    if _before(period) < "2022":
        sold = values.at("nvidia_compute_sold", period)
    else:
        sold = _added(values, "nvidia_compute_sold", period)
    return values.at("chip_spend", period, "silicon", "nvidia_gpu") / sold


def price_per_h100e(values: Values, period: str) -> Array:
    """Chip spend over H100e sold, USD/H100e."""
    return values.at("chip_spend", period) / _added(values, "compute_sold", period)


def ai_electricity(values: Values, period: str) -> Array:
    """Electricity of the AI fleet over a year, Wh; its range divides by all data centres'."""
    return values.at("ai_power_mean", period) * HOURS_PER_YEAR


def revenue_run_rate(values: Values, period: str) -> Array:
    """AI revenue of a quarter at a year's pace, USD."""
    return values.at("ai_revenue", period) * QUARTERS_PER_YEAR


def serving_over_revenue(values: Values, period: str) -> Array:
    """Serving spend of OpenAI and Anthropic over the revenue of both."""
    spent, earned = (
        values.at(f"openai_{what}", period) + values.at(f"anthropic_{what}", period)
        for what in ("serving_spend", "revenue")
    )
    return spent / earned


RATIOS: dict[str, Ratio] = {
    "running_compute_growth": running_compute_growth,
    "shipment_growth": shipment_growth,
    "compute_sold": _plain_metric("compute_sold"),
    "compute_stock": _plain_metric("compute_stock"),
    "running_over_sold": _quotient("compute_stock", "compute_sold"),
    "capex_per_watt_added": capex_per_watt_added,
    "capex_per_watt_sold": capex_per_watt_sold,
    "nvidia_price": nvidia_price,
    "price_per_h100e": price_per_h100e,
    "facility_watts": _quotient("ai_power_capacity", "compute_stock"),
    "lab_share": _quotient("two_labs_compute", "compute_stock"),
    "google_share": _plain_metric("google_compute_share"),
    "meta_share": _plain_metric("meta_compute_share"),
    "china_share": _plain_metric("china_compute_share"),
    "tokens_per_h100e_hour": _plain_metric("tokens_per_h100e_hour"),
    "chip_share_of_capex": _quotient("chip_spend", "ai_capex"),
    "ai_share_of_data_centres": ai_electricity,
    "us_grid_share": _plain_metric("us_grid_share"),
    "nvidia_share_of_spend": _share("chip_spend", "nvidia_gpu"),
    "nvidia_share_of_compute": _quotient("nvidia_compute_sold", "compute_sold"),
    "nvidia_share_of_training": _share("training_chip_spend", "nvidia_gpu"),
    "nvidia_share_of_inference": _share("inference_chip_spend", "nvidia_gpu"),
    "asic_share_of_spend": _share("chip_spend", "custom_asic"),
    "inference_share": _plain_metric("inference_share"),
    "forward_share": _plain_metric("forward_share"),
    "largest_run_share": _quotient("largest_run_flop", "training_flop"),
    "revenue_per_watt": _quotient("ai_revenue", "ai_power_capacity"),
    "revenue_per_h100e": _quotient("ai_revenue", "compute_stock"),
    "revenue_run_rate": revenue_run_rate,
    "agent_share_of_revenue": _quotient("agent_revenue", "ai_revenue"),
    "serving_over_revenue": serving_over_revenue,
    "capex_over_revenue": _quotient("ai_capex", "ai_revenue"),
    "outside_share": _quotient("outside_money", "ai_capex"),
    "rent_over_cost": _plain_metric("rent_over_cost"),
    "chip_spend": _plain_metric("chip_spend"),
}
