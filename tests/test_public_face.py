"""What `import forecast` offers is what is stated here, and its docstrings' examples run."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import forecast
from forecast.api import Case
from forecast.report.answer import Answer

FACE = ["InputError", "__version__", "fit_curve", "fit_series", "load"]
OFFERED = {f"forecast.{name}": getattr(forecast, name) for name in FACE if name != "__version__"}
METHODS = {
    f"{kind.__name__}.{name}": member
    for kind in (Case, Answer)
    for name, member in vars(kind).items()
    if inspect.isfunction(member) and not name.startswith("_")
}
PRINTED = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_face_is_the_one_that_is_stated() -> None:
    assert forecast.__all__ == FACE
    ours = {
        name
        for name in dir(forecast)
        if not name.startswith("_")
        and str(getattr(getattr(forecast, name), "__module__", "")).startswith("forecast")
    }
    assert {*ours, "__version__"} == set(FACE)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The built-in case, in a folder to write to."""
    folder = tmp_path_factory.mktemp("face")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "Agg")
        patch.chdir(folder)
        yield forecast.load()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OFFERED, *METHODS])
@pytest.mark.usefixtures("few_movers")
def test_every_example_prints_what_it_says(name: str, case: Case) -> None:
    member: Any = {**OFFERED, **METHODS}[name]
    names = {"forecast": forecast, "case": case}
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(member) or "", names, name, "", 0)
    assert example.examples, "no Example in the docstring"
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=PRINTED)
    runner.run(example, out=said.append)
    assert not runner.failures, "".join(said)
