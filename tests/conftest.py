"""What several folders of tests share.

Text that a person should see is compared exactly with the files under tests/expected/. To accept a
change, look at what `FORECAST_REFRESH=1 python -m pytest tests/report tests/cli` makes of them
(git diff tests/expected), and commit the files.

A test that builds an ensemble or runs the program is marked slow, and `make quick` leaves it out:
those of tests/cli, those that ask for a fixture of BUILT, and those that carry the mark themselves.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Generator, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from few_targets import FEW_TARGETS
from filelock import FileLock
from hypothesis import settings

from forecast.ensemble.targets import Datum
from forecast.inputs.schema import Inputs
from forecast.result import RunOptions
from forecast.world import ensemble
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.history.conditioning import known_data
from forecast.world.timeline import Timeline
from forecast.world.world import World

if TYPE_CHECKING:
    from forecast.analysis.runs.report_contents import Report

EXPECTED = Path(__file__).parent / "expected"
BUILT = {"base_ensemble", "gathered"}
MOST_KEPT = 12  # ensembles, of some 80 MB each
# A busy machine is no failure of what is tested, and what passed once passes again: the examples
# of a test follow from its text. `make properties` tries more of them, other ones each time.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("patient")


class Recent(dict[str, Ensemble]):
    """Ensembles by key, without those that were asked for least recently."""

    def __getitem__(self, key: str) -> Ensemble:
        found = self.pop(key)
        self[key] = found
        return found

    def __setitem__(self, key: str, ensemble: Ensemble) -> None:
        super().__setitem__(key, ensemble)
        if len(self) > MOST_KEPT:
            del self[next(iter(self))]


ENSEMBLES = Recent()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark as slow what runs the program or asks for a built ensemble, and put those tests first,
    so that no process is left with a long file at the end."""
    for item in items:
        if "cli" in item.path.parts or BUILT & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Build each ensemble once, however many tests ask for it, and fail a test that builds one or
    leans on one and is not marked."""

    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("this test builds an ensemble: mark it slow")

    is_marked = item.get_closest_marker("slow")
    token = ensemble._SHARED.set(ENSEMBLES if is_marked else {})
    with pytest.MonkeyPatch.context() as patch:
        if not is_marked:
            patch.setattr(ensemble, "_build", refuse)
        result = yield
    ensemble._SHARED.reset(token)
    return result


@pytest.fixture
def as_expected() -> Callable[[str, str], None]:
    """Return a function that compares text with the expected file of a name."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if os.environ.get("FORECAST_REFRESH"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the processes of a run have between them."""
    is_alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = tmp_path_factory.getbasetemp()
    return base if is_alone else base.parent


@pytest.fixture(scope="session", autouse=True)
def one_cache(shared_folder: Path) -> Iterator[None]:
    """Keep the user's cache out of the tests, and one for all tests and what they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared_folder / "cache"))
        yield


@pytest.fixture
def own_ensembles() -> Iterator[None]:
    """Build ensembles anew, or read them from the cache, in this test."""
    token = ensemble._SHARED.set(None)
    yield
    ensemble._SHARED.reset(token)


@pytest.fixture
def few_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `assumptions targets` leave out five targets alone, with no others left to be fitted."""

    def known(inputs: Inputs) -> tuple[Datum, ...]:
        return tuple(each for each in known_data(inputs) if each.target in FEW_TARGETS)

    monkeypatch.setattr("forecast.analysis.beliefs.targets.known_data", known)


@pytest.fixture
def few_movers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask of one belief and one figure to come in eight what they move, where none is looked at."""
    from forecast.analysis.sensitivity.factors import Factor, factors
    from forecast.analysis.watch.upcoming import LeftOut, Upcoming, upcoming

    def few_to_come(inputs: Inputs, day: date) -> tuple[list[Upcoming], list[LeftOut]]:
        found, left_out = upcoming(inputs, day)
        return found[::8], left_out

    def few_factors(inputs: Inputs) -> list[Factor]:
        return factors(inputs)[::8]

    monkeypatch.setattr("forecast.analysis.sensitivity.sensitivity.factors", few_factors)
    monkeypatch.setattr("forecast.analysis.watch.watch.upcoming", few_to_come)


@pytest.fixture(scope="session")
def base_case() -> Case:
    """The built-in base case, whatever the folder of the test run."""
    from built_in import INPUTS

    return Case(INPUTS, None, (), (), None)


@pytest.fixture(scope="session")
def base_grid(base_case: Case) -> Timeline:
    """The quarters through 2028."""
    return base_case.timeline("2028")


@pytest.fixture(scope="session")
def base_ensemble(base_case: Case, base_grid: Timeline) -> Ensemble:
    """A small conditioned ensemble of the base case: 512 draws of seed 1."""
    return build_ensemble(base_case, base_grid, RunOptions(draws=512, use_cache=False))


@pytest.fixture(scope="session")
def base_world(base_case: Case, base_grid: Timeline, base_ensemble: Ensemble) -> World:
    """The base case on its small ensemble."""
    return World(base_case.inputs, base_ensemble, base_grid)


@pytest.fixture(scope="session")
def gathered(base_case: Case, shared_folder: Path) -> tuple[Report, int]:
    """Everything that a report of the base case shows, and how many ensembles were built for it.

    It takes longest of all, so that the processes of a run have one between them.
    """
    path = shared_folder / "gathered"
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            path.write_bytes(pickle.dumps(_gathered(base_case)))
        found: tuple[Report, int] = pickle.loads(path.read_bytes())
    return found


def _gathered(case: Case) -> tuple[Report, int]:
    from forecast.analysis.runs.report_contents import gather

    build, built = ensemble._build, []

    def counted(*arguments: Any) -> Ensemble:
        built.append(arguments)
        return build(*arguments)

    token = ensemble._SHARED.set(None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "_build", counted)
        options = RunOptions(draws=512, use_cache=False, started="2026-11-20T00:00:00Z")
        report = gather(case, options)
    ensemble._SHARED.reset(token)
    return report, len(built)


@pytest.fixture(scope="session")
def base_report(gathered: tuple[Report, int]) -> Report:
    """Everything that a report of the base case shows, from 512 draws of seed 1."""
    return gathered[0]
