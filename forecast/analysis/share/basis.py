"""What a written page of the share rests on, as a hash: it is stale where this has changed."""

from __future__ import annotations

from hashlib import sha256

from forecast.code_hash import rooms_sha256
from forecast.inputs.schema import Inputs

ROOMS = ("ensemble", "money", "model")


def share_basis(inputs: Inputs) -> str:
    """Return a hash of all that inputs believe and observe, words left aside, and of the code that
    draws, conditions and computes."""
    digest = sha256(rooms_sha256(ROOMS).encode())
    for name, each in sorted((inputs.assumptions | inputs.money).items()):
        earlier = [(one.provenance.known_from, one.knots) for one in each.vintages]
        believed = each.provenance.known_from, each.knots, each.floor, each.ceiling, earlier
        digest.update(f"{name} {believed}".encode())
    for pair in inputs.correlations:
        digest.update(f"{pair.first} {pair.second} {pair.rank_correlation}".encode())
    for name, driver in sorted(inputs.drivers.items()):
        believed_of = driver.saturation, driver.growth, driver.ceiling
        points = [(point.time, point.belief) for point in driver.assumed]
        digest.update(f"{name} {driver.evidence} {believed_of} {points}".encode())
    for target in inputs.targets:
        what = target.quantity, target.series, target.values, target.periods, target.origin
        errors = target.error, target.error_correlation, target.bound, target.opinion
        onward = target.momentum, target.growth_kept
        digest.update(f"{target.name} {what} {errors} {onward}".encode())
    for row in inputs.observations:
        digest.update(f"{row.series_id} {row.period_end} {row.value} {row.published}".encode())
    for said in inputs.guidance:
        figures = said.low, said.mid, said.high, said.words
        digest.update(f"{said.series_id} {said.period_end} {figures} {said.published}".encode())
    return digest.hexdigest()[:16]
