"""Opening a world: fitted drivers, prior draws, conditioning on history, settings; and the cache of
what is conditioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from hashlib import sha256

from forecast.code_hash import rooms_sha256
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Setting
from forecast.model.equations import model_graph
from forecast.money.joint import as_planned
from forecast.result import RunOptions
from forecast.store import open_store
from forecast.world.case import Case
from forecast.world.draws.division import parts, together
from forecast.world.draws.draws import SHOCKS, Ensemble, joined, pack, rounded, unpack
from forecast.world.draws.members import Members, drawn_members
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.history.conditioning import unknown_quantities
from forecast.world.history.learning import after_learning
from forecast.world.history.learnt import Learnt
from forecast.world.history.outcomes import Outcome
from forecast.world.timeline import Timeline
from forecast.world.world import World

REFERENCES = ("reference_log_revenue", "market_reference")
# What the quarters of a run give the equations.
TIME = (
    "year_fraction",
    "history_quarters",
    "vendor_quarters",
    "horizon_quarters",
    "first_quarter",
)
# What an ensemble depends on; a change of a page or a command leaves it alone.
ROOMS = ("inputs", "curves", "ensemble", "money", "model", "world")
FEWEST_CONDITIONED = 4096  # with fewer, sampling noise moves what conditioning learns
_SHARED: ContextVar[dict[str, Ensemble] | None] = ContextVar("shared ensembles", default=None)


def open_world(
    case: Case,
    options: RunOptions,
    *,
    also: Sequence[Setting] = (),
    given: Sequence[Outcome] = (),
    prior: bool = False,
) -> World:
    """Return the world of a case with its settings in force and its outcomes learnt, on the
    conditioned ensemble or, with `prior`, before history has conditioned it. Its quarters reach as
    far as settings in `also` and outcomes in `given`.

    Raises InputError for a horizon or a setting that is none, for an outcome that cannot be learnt,
    and for each assumption or driver that an equation takes and the inputs lack.
    """
    reached = replace(case, settings=(*case.settings, *also), given=(*case.given, *given))
    timeline = reached.timeline(options.through)
    ensemble = build_ensemble(case, timeline, options, prior=prior)
    world = World(case.inputs, ensemble, timeline).with_settings(case.settings)
    return after_learning(world, case.given)


def build_ensemble(
    case: Case, timeline: Timeline, options: RunOptions, *, prior: bool = False
) -> Ensemble:
    """Return the ensemble of the base case: prior only, or conditioned on history.

    Settings and scenarios do not enter: they change the future of what this returns. Fewer draws
    than `FEWEST_CONDITIONED` are the first of that many, so that they agree with more. Raises
    InputError for each assumption or driver that an equation takes and the inputs lack, and for
    each target of a quantity that no equation defines.
    """
    _refuse_gaps(case.inputs)
    draws, seed = options.draws, options.seed
    full = timeline.whole()
    key = _key(case.inputs, draws, seed, prior, full.size)
    shared = _SHARED.get()
    if shared is not None and key in shared:
        return shared[key].trimmed(timeline.size)
    store = open_store(case.workspace) if options.use_cache else None
    if store is not None and (payload := store.cache_get(key)):
        ensemble = unpack(payload)
    else:
        ensemble = _computed(case, full, options, prior)
        if store is not None:
            store.cache_put(key, pack(ensemble))
    if shared is not None:
        shared[key] = ensemble
    return ensemble.trimmed(timeline.size)


def build_members(
    case: Case, timeline: Timeline, options: RunOptions, *, prior: bool = False
) -> Members:
    """Return members at the precision of the cache, which keeps them as the draws of a run of no
    others; raises InputError as `build_ensemble` does."""
    _refuse_gaps(case.inputs)
    full, draws = timeline.whole(), together(options.draws)
    found = drawn_members(case.inputs, full, draws, options.seed, prior=prior)
    found = replace(found, ensemble=rounded(found.ensemble))
    key = _key(case.inputs, draws, options.seed, prior, full.size)
    if options.use_cache:
        open_store(case.workspace).cache_put(key, pack(found.ensemble))
    return found


def learnt(case: Case, options: RunOptions) -> Learnt:
    """Return what history has taught members, to which further draws add nothing."""
    few = replace(options, draws=together(options.draws))
    return build_ensemble(case, case.timeline(options.through), few).learnt


def _computed(case: Case, full: Timeline, options: RunOptions, prior: bool) -> Ensemble:
    """Return an ensemble that is in no cache. Few draws are the first of those that are conditioned
    for them, which all who share ensembles and ask for few have in common."""
    many = options.draws if prior else enough(options.draws)
    if many > options.draws and _SHARED.get() is not None:
        whole = build_ensemble(case, full, replace(options, draws=many, use_cache=False))
    else:
        whole = _build(case.inputs, full, many, options.seed, prior)
    return rounded(whole.of_draws(slice(0, options.draws)))


def enough(draws: int) -> int:
    """Return how many draws are conditioned so that `draws` of them can be reported."""
    return max(draws, FEWEST_CONDITIONED)


@contextmanager
def shared_ensembles() -> Iterator[None]:
    """Within it an ensemble is built or read once, however many analyses ask for it."""
    known = _SHARED.get()
    token = _SHARED.set({} if known is None else known)
    try:
        yield
    finally:
        _SHARED.reset(token)


def _refuse_gaps(inputs: Inputs) -> None:
    """Raise InputError if equations lack something, or targets are of what none defines."""
    if problems := [*missing_inputs(inputs), *unknown_quantities(inputs)]:
        raise InputError(problems)


def missing_inputs(inputs: Inputs) -> list[Problem]:
    """Return a problem for each name that equations take and neither inputs nor model provide."""
    stated = [*inputs.assumptions, *as_planned(inputs, inputs.drivers)]
    known = {*stated, *SHOCKS, *MONEY_STATE, *REFERENCES, *TIME}
    return [
        Problem(
            "assumptions",
            name,
            "no assumption or driver of this name",
            "one, because an equation takes it",
            did_you_mean(name, stated),
        )
        for name in sorted(model_graph().arguments() - known)
    ]


def _build(inputs: Inputs, timeline: Timeline, draws: int, seed: int, prior: bool) -> Ensemble:
    """Return members and, where more draws are asked for, the parts that follow them, whole."""
    members = drawn_members(inputs, timeline, together(draws), seed, prior=prior)
    further = [
        members.part(number).of_draws(slice(0, part.stop - part.start))
        for number, part in enumerate(parts(draws))
    ]
    return joined([members.ensemble, *further])


def _key(inputs: Inputs, draws: int, seed: int, prior: bool, size: int) -> str:
    code = rooms_sha256(ROOMS)
    parts = ("ensemble", inputs.sha256, code, draws, enough(draws), seed, prior, size)
    return sha256(repr(parts).encode()).hexdigest()
