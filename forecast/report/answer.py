"""What a question found, for those who ask from Python: frame, figure, page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError, Problem
from forecast.result import columns

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from forecast.report.blocks import Block
    from forecast.result import Result, Run

WIDTH = 100  # of a page, in columns of text


@dataclass(frozen=True)
class Answer:
    """What a question found: `to_frame()`, `plot()`, `explain()`, and the page as text or HTML.

    `result` holds the rows as JSON has them; `figure` draws it, with names of its parts;
    `behind` explains a metric at a period on the same draws, so many levels deep.
    """

    result: Result
    page: Callable[[], list[Block]]
    figure: Callable[..., Figure] | None = None
    behind: Callable[[str, str, int | None], Answer] | None = None

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The rows, as JSON has them."""
        return tuple(columns(row) for row in self.result.rows)

    @property
    def run(self) -> Run:
        """What identifies the run."""
        return self.result.run

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know beside the rows."""
        return self.result.warnings

    @property
    def extra(self) -> dict[str, tuple[Any, ...]]:
        """Tables beside the rows, such as `fits` or `attribution`, as JSON has them."""
        return {
            name: tuple(columns(row) if is_dataclass(row) else row for row in rows)
            for name, rows in self.result.tables().items()
        }

    def find(self, metric: str, period: str | None, **where: Any) -> dict[str, Any] | None:
        """Return the row of a metric at a period (and further fields), None if there is none.

        Example:
            >>> answer = case.project(metrics="inference_share", draws=256)
            >>> answer.find("inference_share", "2028")["status"]
            'projected'
        """
        wanted = {"metric": metric, "period": period, **where}
        for row in self.rows:
            if all(row.get(key) == value for key, value in wanted.items()):
                return row
        return None

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a tidy data frame: numbers as float64, `period_end` as a date.

        The quantiles of an event are years and fractions: 2026Q3 is 2026.5. The index counts rows.

        Example:
            >>> frame = case.project(metrics="chip_spend", draws=256).to_frame()
            >>> bool(frame["p10"].le(frame["p90"]).all())
            True
        """
        from forecast.report.formats.frames import tidy_frame

        return tidy_frame(self.result)

    def to_json(self) -> str:
        """Return what `--json` prints.

        Example:
            >>> import json
            >>> json.loads(case.project(metrics="chip_spend", draws=256).to_json())["command"]
            'project'
        """
        from forecast.report.formats.machine import render_json

        return render_json(self.result)

    def plot(self, *names: str) -> Figure:
        """Return a Matplotlib figure of the metrics, or of the series, that are named.

        Raises InputError where there is no chart of the answer, or nothing of that name in it.

        Example:
            >>> answer = case.project(by="quarter", draws=256)
            >>> figure = answer.plot("training_compute", "inference_compute")
            >>> figure.savefig("compute.svg")
        """
        if self.figure is None:
            expected = "a projection, fit, what-if or tornado"
            found = f"no chart of {self.result.command}"
            raise InputError(Problem("Python", "plot", found, expected))
        try:
            return self.figure(self.result, *names)
        except ValueError as error:
            expected = "names that the answer has"
            raise InputError(Problem("Python", "plot", str(error), expected)) from error

    def explain(self, metric: str, period: str, *, depth: int | None = 2) -> Answer:
        """Return the tree behind a number of the same case on the same draws.

        Raises InputError where no case stands behind the answer.

        Example:
            >>> answer = case.project(metrics="inference_share", draws=256)
            >>> tree = answer.explain("inference_share", "2028", depth=1)
            >>> tree.to_frame()["quantity"].tolist()
            ['inference_share', 'demands_at_rent']
        """
        if self.behind is None:
            found, expected = "no case behind this answer", "an answer of forecast.load()"
            raise InputError(Problem("Python", "explain", found, expected))
        return self.behind(metric, period, depth)

    def __str__(self) -> str:
        from forecast.report.characters.drawing import draw
        from forecast.report.characters.terminal import plain

        return plain(draw(self.page(), WIDTH))

    def __repr__(self) -> str:
        count = len(self.result.rows)
        return (
            f"<forecast {self.result.command}: {count:,} row{'' if count == 1 else 's'}, "
            f"run {self.result.run.run_id}>"
        )

    def _repr_html_(self) -> str:
        from forecast.report.formats.notebook import notebook

        return notebook(self.page())
