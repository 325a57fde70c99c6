"""Is the installation sound, and is the model plausible: checks with what was found beside them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

import numpy as np

from forecast import __version__
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import load
from forecast.inputs.yaml.sanity import SANITY_FILE, Range, read_sanity
from forecast.periods import is_year, label, quarter
from forecast.result import OldResult, Result, Row
from forecast.store import open_store
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.rows import plain
from forecast.world.samples import Samples, sample
from forecast.world.settings import apply_settings, draws_of

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "ruamel.yaml", "typer", "rich")
HOURS_PER_YEAR = 8_760.0
HOURS_PER_QUARTER = HOURS_PER_YEAR / 4.0
LAB_PRICE = "lab_price_per_h100e_hour"
METRICS = (
    "ai_capex",
    "ai_power_capacity",
    "ai_power_mean",
    "ai_revenue",
    "chip_spend",
    "compute_sold",
    "compute_stock",
    "facility_watts_per_h100e",
    "frontier_run_flop",
    "inference_compute",
    "inference_chip_spend",
    "inference_share",
    "lab_inference_spend",
    "lab_training_spend",
    "nvidia_compute_sold",
    "price_per_h100e",
    "tokens",
    "training_chip_spend",
    "training_flop",
    "us_grid_share",
)
SPLIT = ("chip_spend", "training_chip_spend", "inference_chip_spend")
Ratio = Callable[[Samples, str], Array]


def installation(workspace: Path | None) -> list[Row]:
    """Return what is installed and whether it works: one row for each check, `holds` or not."""
    rows = [_python(), _row("forecast", __version__), *(_package(name) for name in PACKAGES)]
    place = str(workspace) if workspace else "none; the built-in base case is used"
    rows += [_row("workspace", place), *_store(workspace), *_inputs(workspace)]
    return rows


def _row(check: str, found: str, holds: bool = True, hint: str = "") -> Row:
    return {"check": check, "found": found, "holds": holds, "hint": hint}


def _python() -> Row:
    found = ".".join(str(part) for part in sys.version_info[:3])
    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    return _row("python", found, sys.version_info >= OLDEST_PYTHON, f"needs {oldest} or newer")


def _package(name: str) -> Row:
    try:
        return _row(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return _row(name, "not installed", False, "install forecast again with its dependencies")


def _store(workspace: Path | None) -> list[Row]:
    path = open_store(workspace).path
    existing = next(each for each in (path, *path.parents) if each.exists())
    writable = os.access(existing, os.W_OK)
    size = path.stat().st_size / 1e6 if path.is_file() else 0.0
    hint = "results are not kept between runs; make the folder writable"
    return [
        _row("store", str(path), writable, "" if writable else hint),
        _row("cache size", f"{size:,.1f} MB"),
    ]


def _inputs(workspace: Path | None) -> list[Row]:
    try:
        inputs = load(workspace)
    except InputError as error:
        count = len(error.problems)
        found = f"{count} problem{'s' if count != 1 else ''}: {error.problems[0].sentence()}"
        return [_row("inputs", found, False, "all of them: forecast assumptions check")]
    counts = f"{len(inputs.assumptions)} assumptions, {len(inputs.observations):,} observations"
    return [_row("inputs", counts), _row("data through", inputs.data_through.isoformat())]


def is_sound(rows: Iterable[Row]) -> bool:
    """Return whether every check holds and every ratio is inside its range."""
    return all(row.get("holds", True) and row.get("verdict", "inside") == "inside" for row in rows)


def sanity(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return each sanity ratio against its range: `verdict` is inside, below or above, by the
    median; `reached` says whether the P10-P90 band touches the range.

    Ranges at periods after the horizon are left out. Raises InputError for a range whose ratio is
    not known.
    """
    ranges = read_sanity(case.workspace)
    if problems := _unknown(ranges):
        raise InputError(problems)
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    parts = [(metric, "silicon") for metric in SPLIT]
    samples = sample(case.inputs, ensemble, timeline, METRICS, parts=parts, changed=changed)
    price = draws_of(case.inputs, ensemble, timeline, LAB_PRICE)
    samples = Samples({**samples.values, LAB_PRICE: price}, {**samples.drivers, LAB_PRICE: "rate"})
    rows = [
        _verdict(each, RATIOS[each.id](samples, each.period) / each.reference)
        for each in ranges
        if quarter(each.period) <= quarter(through)
    ]
    run = run_of(case, draws, seed, through, started)
    return OldResult("doctor", run, tuple(rows), (*ensemble.report["warnings"], *warnings))


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


def _verdict(limits: Range, draws: Array) -> Row:
    points = np.nanpercentile(draws, (10.0, 50.0, 90.0))
    low, middle, high = (plain(float(value)) for value in points)
    verdict = "below" if middle < limits.low else "above" if middle > limits.high else "inside"
    return {
        "ratio": limits.id,
        "title": limits.title,
        "formula": limits.formula,
        "period": limits.period,
        "unit": limits.unit,
        "low": limits.low if np.isfinite(limits.low) else None,
        "high": limits.high if np.isfinite(limits.high) else None,
        "p10": low,
        "p50": middle,
        "p90": high,
        "verdict": verdict,
        "reached": high >= limits.low and low <= limits.high,
        "basis": limits.basis,
        "source": limits.source,
        "source_url": limits.url,
        "status": limits.status,
        "note": limits.note,
    }


def _before(period: str) -> str:
    """Return the year or quarter before a period."""
    return str(int(period) - 1) if is_year(period) else label(quarter(period) - 1)


def _added(samples: Samples, metric: str, period: str) -> Array:
    """Return by how much a stock or cumulative metric grows over a period, (draws,)."""
    return samples.at(metric, period) - samples.at(metric, _before(period))


def _share(metric: str, member: str) -> Ratio:
    """Return the ratio of a silicon class to the whole of a spend; not a number where nothing is
    spent."""

    def ratio(samples: Samples, period: str) -> Array:
        part, whole = samples.at(metric, period, "silicon", member), samples.at(metric, period)
        return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)

    return ratio


def _quotient(above: str, below: str) -> Ratio:
    """Return the ratio of two metrics at one period."""
    return lambda samples, period: samples.at(above, period) / samples.at(below, period)


def _plain_metric(metric: str) -> Ratio:
    return lambda samples, period: samples.at(metric, period)


def running_compute_growth(samples: Samples, period: str) -> Array:
    """Running compute at the end of a year over that of the year before."""
    before = samples.at("compute_stock", _before(period))
    return samples.at("compute_stock", period) / before


def shipment_growth(samples: Samples, period: str) -> Array:
    """Compute sold in a year over compute sold in the year before."""
    before = _added(samples, "compute_sold", _before(period))
    return _added(samples, "compute_sold", period) / before


def capex_per_watt_added(samples: Samples, period: str) -> Array:
    """AI capex over the facility watts that began to run, USD/W."""
    return samples.at("ai_capex", period) / _added(samples, "ai_power_capacity", period)


def capex_per_watt_sold(samples: Samples, period: str) -> Array:
    """AI capex over the facility watts of the chips sold, quarter by quarter, USD/W."""
    quarters = [f"{period}Q{number}" for number in (1, 2, 3, 4)]
    watts = [
        samples.at("chip_spend", each)
        / samples.at("price_per_h100e", each)
        * samples.at("facility_watts_per_h100e", each)
        for each in quarters
    ]
    return np.asarray(samples.at("ai_capex", period) / np.sum(watts, axis=0))


def nvidia_price(samples: Samples, period: str) -> Array:
    """NVIDIA's chip spend over the H100e it sold, USD/H100e."""
    if _before(period) < "2022":
        sold = samples.at("nvidia_compute_sold", period)
    else:
        sold = _added(samples, "nvidia_compute_sold", period)
    return samples.at("chip_spend", period, "silicon", "nvidia_gpu") / sold


def price_per_h100e(samples: Samples, period: str) -> Array:
    """Chip spend over H100e sold, USD/H100e."""
    return samples.at("chip_spend", period) / _added(samples, "compute_sold", period)


def lab_share(samples: Samples, period: str) -> Array:
    """OpenAI's and Anthropic's compute over running compute at a quarter: what they pay over the
    price of an H100e-hour and the hours of the quarter."""
    spend = samples.at("lab_training_spend", period) + samples.at("lab_inference_spend", period)
    compute = spend / samples.at(LAB_PRICE, period) / HOURS_PER_QUARTER
    return compute / samples.at("compute_stock", period)


def ai_electricity(samples: Samples, period: str) -> Array:
    """Electricity of the AI fleet over a year, Wh; its range divides by all data centres'."""
    return samples.at("ai_power_mean", period) * HOURS_PER_YEAR


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
    "lab_share": lab_share,
    "tokens_per_h100e": _quotient("tokens", "inference_compute"),
    "chip_share_of_capex": _quotient("chip_spend", "ai_capex"),
    "ai_share_of_data_centres": ai_electricity,
    "us_grid_share": _plain_metric("us_grid_share"),
    "nvidia_share_of_spend": _share("chip_spend", "nvidia_gpu"),
    "nvidia_share_of_compute": _quotient("nvidia_compute_sold", "compute_sold"),
    "nvidia_share_of_training": _share("training_chip_spend", "nvidia_gpu"),
    "nvidia_share_of_inference": _share("inference_chip_spend", "nvidia_gpu"),
    "asic_share_of_spend": _share("chip_spend", "custom_asic"),
    "inference_share": _plain_metric("inference_share"),
    "largest_run_share": _quotient("frontier_run_flop", "training_flop"),
    "revenue_per_watt": _quotient("ai_revenue", "ai_power_capacity"),
    "chip_spend": _plain_metric("chip_spend"),
}
