"""Members: the draws that say how history moves draws; and parts of further draws, which are moved
as they were.

What draws say of history gets no better worth its price with more of them, and takes memory for all
at once. So `division.MEMBERS` draws are conditioned together at most. Further ones come in parts,
each of its own random streams and stratified by itself, and each replicate of a part is moved by
the gains that the same replicate of the members found: how far replicates lie apart stays the whole
error of sampling, that of the gains with it, however many draws there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecast.beliefs import Array
from forecast.ensemble.conditioning import Smoother, collapsed
from forecast.ensemble.prior import variables
from forecast.inputs.schema import Inputs
from forecast.processors.copies import side_by_side
from forecast.world.draws import division
from forecast.world.draws.draws import Ensemble
from forecast.world.draws.prior import drawn_prior
from forecast.world.history.conditioning import (
    known_data,
    predicted_size,
    predictions,
    smoothed,
    smoothed_as,
    without_each,
)
from forecast.world.history.learnt import (
    DriverFit,
    Learnt,
    belief_rows,
    driver_fits,
    driver_rows,
    target_rows,
)
from forecast.world.timeline import Timeline
from forecast.world.world import World, base_references

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit


@dataclass(frozen=True)
class Members:
    """Draws with what further ones are made of: the fitted curves, the references that held before
    history conditioned them, and the smoother, None where nothing was conditioned."""

    inputs: Inputs
    timeline: Timeline
    seed: int
    ensemble: Ensemble
    fits: Mapping[str, CurveFit]
    references_before: Mapping[str, Array]
    smoother: Smoother | None

    def part(self, number: int) -> Ensemble:
        """Return the draws of a part, `division.PART` of them; part 0 comes after the members."""
        seed = division.part_seed(self.seed, number)
        drawn = drawn_prior(self.inputs, self.fits, self.timeline, division.PART, seed)
        if self.smoother is not None:
            held = replace(drawn, references=dict(self.references_before))
            prior = World(self.inputs, held, self.timeline)
            drawn = smoothed_as(self.smoother, prior, known_data(self.inputs), seed)
        kept = self.ensemble
        return replace(drawn, references=kept.references, without=kept.without, learnt=kept.learnt)


def drawn_members(
    inputs: Inputs, timeline: Timeline, draws: int, seed: int, *, prior: bool
) -> Members:
    """Return members, conditioned on history or, with `prior`, before that."""
    from forecast.curves.evidence import fit_driver, strained_beliefs

    alone = {name: driver for name, driver in inputs.drivers.items() if not driver.process}
    fits = {name: fit_driver(driver, inputs) for name, driver in sorted(alone.items())}
    drawn = drawn_prior(inputs, fits, timeline, draws, seed)
    warnings = (*drawn.learnt.warnings, *strained_beliefs(inputs.drivers, fits))
    before = World(inputs, replace(drawn, learnt=Learnt(warnings=warnings)), timeline)
    # What history says needs the references of its own quarters alone.
    known = before if prior else before.shortened(predicted_size(timeline))
    before = before.with_ensemble(replace(before.ensemble, references=base_references(known)))
    ensemble, smoother = before.ensemble, None
    if not prior:
        ensemble, smoother = _conditioned(before, fits, seed)
    references = before.ensemble.references
    return Members(inputs, timeline, seed, ensemble, fits, references, smoother)


def _conditioned(
    before: World, fits: Mapping[str, CurveFit], seed: int
) -> tuple[Ensemble, Smoother | None]:
    """Return the ensemble of a prior world conditioned on history, with its references and what it
    has learnt, and the smoother, None if no target is known."""
    inputs, drawn, data = before.inputs, before.ensemble, known_data(before.inputs)
    ensemble, smoother, predicted = drawn, None, predictions(before, ())
    untold = () if data else ("no target was known by then: nothing is conditioned on history",)
    if data:
        ensemble, smoother, predicted = smoothed(before, data, seed)
    after = before.with_ensemble(ensemble)

    def told() -> tuple[Learnt, dict[str, Array]]:
        seen = predictions(after, data)
        learnt = Learnt(
            targets=tuple(target_rows(data, predicted, seen)),
            beliefs=tuple(belief_rows(inputs, drawn.normals, ensemble.normals)),
            drivers=tuple(driver_rows(inputs, drawn.paths, ensemble.paths)),
            warnings=(
                *drawn.learnt.warnings,
                *untold,
                *_collapse_warnings(inputs, drawn.normals, ensemble.normals),
            ),
        )
        if smoother is None:
            return learnt, {}
        return learnt, without_each(smoother.known, drawn, ensemble, data, seen)

    def of_the_base_case() -> tuple[dict[str, DriverFit], dict[str, Array]]:
        return driver_fits(inputs, fits, drawn.paths), base_references(after)

    (learnt, without), (known, references) = side_by_side(told, of_the_base_case)
    learnt = replace(learnt, fits=known)
    found = replace(ensemble, references=references, learnt=learnt, without=without)
    return found, smoother


def _collapse_warnings(inputs: Inputs, before: Array, after: Array) -> list[str]:
    names = [
        variable.name
        for variable, lost in zip(
            variables(inputs.assumptions), collapsed(before, after), strict=True
        )
        if lost
    ]
    if not names:
        return []
    return [f"conditioning left almost no spread in {', '.join(names)}; use more draws"]
