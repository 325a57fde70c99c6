"""How the headline moved since the last run that was kept, and what is new since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.analysis.project import Projection, Since
from forecast.analysis.runs.causes import changes_between
from forecast.analysis.runs.history import shown_in
from forecast.analysis.runs.input_changes import InputChange
from forecast.analysis.runs.kept_runs import SHOWN, KeptRun, news, read_kept
from forecast.errors import InputError
from forecast.inputs.schema import Inputs
from forecast.store import open_store
from forecast.world.case import Case

NAMED = 2  # changes that are named, of more the count


def since_kept(case: Case, result: Projection) -> Since | None:
    """Return how those of SHOWN moved since the last run kept with the same settings, horizon
    and draws; None if there is none, or nothing is new and nothing moved.

    Nothing is computed anew: what is new is named, and not by how much it moved the headline.
    """
    store = open_store(case.workspace)
    now = KeptRun(0, "", result.run, case.settings, given=case.inputs)
    try:
        stored = store.runs()
    except InputError:  # a cache that cannot be read knows of no run
        return None
    for each in reversed(stored):
        kept = read_kept(each, store)
        if kept is None or not {"settings", "horizon", "draws"}.isdisjoint(news(kept, now)):
            continue
        rows = shown_in(kept)
        medians = {
            before.metric: (float(before.quantiles.p50 or 0.0), after.quantiles.p50)
            for before in rows
            if before.period and (after := result.find(before.metric, before.period))
        }
        new = tuple(_new(kept, now, case.inputs))
        if SHOWN[0] not in medians or not (new or any(a != b for a, b in medians.values())):
            return None
        return Since(kept.run.run_id, kept.run.started, str(rows[0].period), medians, new)
    return None


def _new(before: KeptRun, after: KeptRun, inputs: Inputs) -> Iterator[str]:
    """Yield what is new, in words: figures and beliefs by name, and the program."""
    differs = news(before, after)
    if "inputs" in differs:
        changes = changes_between(before, after)
        counting = [each for each in changes if each.counts]
        yield from _named(counting, inputs)
        if not changes:
            yield "inputs whose earlier state is kept no longer"
        elif not counting:
            yield "figures that nothing rests on yet"
    if "code" in differs:
        first, second = before.run.version, after.run.version
        yield f"program {first} → {second}" if first != second else "the program"


def _named(changes: Sequence[InputChange], inputs: Inputs) -> Iterator[str]:
    """Yield the first of some changes by name, and how many more there are."""
    for change in changes[:NAMED]:
        known = inputs.series.get(change.records[0][1])
        title = known.title if known and len(change.records) == 1 else change.title
        said = f"{change.old} → {change.new}" if change.old and change.new else change.new
        said = said or (f"no longer {change.old}" if change.old else "")
        place = f" ({change.place})" if change.place else ""
        yield f"{title} {said}{place}".replace("  ", " ")
    if len(changes) > NAMED:
        yield f"{len(changes) - NAMED} more"
