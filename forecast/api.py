"""forecast from Python: a case that is asked, and answers that are frames, figures and pages.

    import forecast

    case = forecast.load(set="agent_penetration@2028=25%")
    case.project().to_frame()

Nothing is imported before it is used, and every error about an input is a `forecast.InputError`
whose text lists all that is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypedDict, TypeVar, Unpack

from forecast.errors import InputError, Problem
from forecast.keywords import PYTHON, check_by, in_keywords, run_options
from forecast.periods import parse_day
from forecast.processors.timing import since, started
from forecast.report.answer import WIDTH, Answer
from forecast.result import RunOptions

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from forecast.analysis.chart import Charted
    from forecast.analysis.project import Projection
    from forecast.analysis.sensitivity.subject import Method
    from forecast.analysis.series.fit import Fit
    from forecast.inputs.schema import Kind
    from forecast.report.blocks import Block
    from forecast.report.pages.beliefs.claims_pages import SaidClaims
    from forecast.result import Result
    from forecast.world.case import Case as LoadedCase

By = Literal["year", "quarter"]
Settings = str | Sequence[str] | Mapping[str, str]
Names = str | Sequence[str]
Found = TypeVar("Found", bound="Result")
Wish = ParamSpec("Wish")
Reply = TypeVar("Reply")
SHOWN = 12  # rows of a sensitivity's page


class Asked(TypedDict, total=False):
    """What every question takes: draws (8192), seed (1), through ("2028") and use_cache (True)."""

    draws: int
    seed: int
    through: str
    use_cache: bool


def _question(
    method: Callable[Concatenate[Case, Wish], Reply],
) -> Callable[Concatenate[Case, Wish], Reply]:
    """Return a method within which a case's own quantities are known, and whose errors speak of
    keywords."""

    @wraps(method)
    def asked(case: Case, /, *arguments: Wish.args, **keywords: Wish.kwargs) -> Reply:
        from forecast.model.equations import own_equations

        with in_keywords(), own_equations(case.own):
            return method(case, *arguments, **keywords)

    return asked


@dataclass(frozen=True)
class Case:
    """A base case or workspace with scenarios and settings, ready to be asked.

    Every question takes `draws`, `seed`, `through` and `use_cache` as keywords. `own` are the
    quantities of a person's own, which `with_quantity` adds.
    """

    loaded: LoadedCase
    own: tuple[Callable[..., Any], ...] = ()

    @_question
    def with_quantity(
        self,
        function: Callable[..., Any],
        *,
        unit: str,
        kind: Kind,
        title: str = "",
        parts: tuple[str, str] | None = None,
    ) -> Case:
        """Return this case with a quantity of one's own, a function that is then asked for by its
        name like any metric.

        Its arguments are names of metrics, other quantities, assumptions and drivers; each comes
        as an array, draws by quarters, and so must what it returns, each draw by itself. `kind` is
        flow, stock, rate, share, ratio or cumulative, and says what a year of it is; a year of a
        share or ratio is that of its `parts`, numerator and denominator, or its last quarter. The
        docstring is the definition.

        Example:
            >>> def compute_per_user(compute_stock, weekly_users):
            ...     return compute_stock / weekly_users
            >>> mine = case.with_quantity(compute_per_user, unit="ratio", kind="ratio")
            >>> answer = mine.project(metrics="compute_per_user", draws=256)
            >>> answer.to_frame()[["metric", "period"]].tail(1)
                         metric period
            6  compute_per_user   2028
        """
        from forecast.model.equations import model_graph
        from forecast.model.own import own_equation

        graph = model_graph()
        known = {*graph.nodes, *graph.arguments(), *self.loaded.inputs.assumptions}
        name = getattr(function, "__name__", "")
        title = title or name.replace("_", " ").capitalize()
        added = own_equation(function, known, unit=unit, kind=kind, title=title, parts=parts)
        return replace(self, own=(*self.own, added))

    @_question
    def project(
        self,
        *,
        by: By = "year",
        metrics: Names = (),
        breakdown: str | None = None,
        prior: bool = False,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return the projection: every metric, or those named, in every year or quarter.

        `breakdown` adds the parts (owner, component, segment, silicon and so on); `prior` leaves
        history out. The figure shows inference share, or the metrics named, which share a unit.

        Example:
            >>> answer = case.project(metrics="inference_share", draws=256)
            >>> answer.to_frame()[["period", "unit", "status"]].tail(2)
              period   unit     status
            5   2027  share  projected
            6   2028  share  projected
        """
        from forecast.analysis.project import project
        from forecast.report.blocks import View
        from forecast.report.charts.fan_figure import fan_figure
        from forecast.report.pages.answers.project_pages import page

        check_by(by)
        names = _names(metrics)
        run = partial(project, by=by, metrics=names, breakdown=breakdown, prior=prior)

        def view(result: Projection) -> View:
            return View(metrics=tuple(result.metrics) if names else (), by=by, width=WIDTH)

        def draw(result: Projection, *shown: str) -> Figure:
            return fan_figure(result, *(shown or view(result).metrics))

        return self._answer(run, asked, lambda result: page(result, view(result)), draw)

    @_question
    def fit(self, *series: str, **asked: Unpack[Asked]) -> Answer:
        """Return the growth curves of drivers or observed series, of all drivers if none is named.

        The figure shows the first, or the one named. Settings do not enter.

        Example:
            >>> users = case.fit("weekly_users", draws=256).to_frame()
            >>> users.query("member.isna()")["period"].iloc[[0, -1]].tolist()
            ['2022Q1', '2028Q4']
        """
        from forecast.analysis.series.fit import fit_named
        from forecast.report.charts.curve_figure import curve_figure
        from forecast.report.pages.beliefs.fit_pages import fit_page

        run = partial(fit_named, names=series)

        def draw(result: Fit, *shown: str) -> Figure:
            return curve_figure(result, *(shown or (result.rows[0].series_id,)))

        return self._answer(run, asked, lambda result: fit_page(result, WIDTH), draw)

    @_question
    def whatif(
        self,
        set: Settings = (),
        *,
        scenario: Names = (),
        given: Settings = (),
        metrics: Names = (),
        at: str = "",
        every_year: bool = False,
        recondition: bool = False,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return this case beside itself with settings and scenarios added, draw by draw, and with
        outcomes that are `given` learnt after that, rank by rank.

        The headline metrics, or those named, at the last year, `at` a period, or in every year;
        `extra["attribution"]` says what each change contributed. With `recondition` a setting
        without a period changes the belief, and history conditions it anew.

        Example:
            >>> fewer = case.whatif("agent_penetration@2028=20%", metrics="ai_revenue", draws=256)
            >>> fewer.to_frame()[["case", "period", "probability_up"]].round(1)
                     case period  probability_up
            0        base   2028             NaN
            1     changed   2028             NaN
            2  difference   2028             0.0
        """
        from forecast.analysis.whatif.whatif import whatif
        from forecast.report.blocks import View
        from forecast.report.charts.difference_figure import difference_figure
        from forecast.report.pages.whatif.whatif_pages import whatif_page
        from forecast.world.case import with_changes

        names = _names(metrics)
        changed = with_changes(self.loaded, _names(scenario), _settings(set), _settings(given))
        run = partial(
            whatif,
            changed=changed,
            metrics=names,
            at=at,
            headline=not every_year,
            recondition=recondition,
        )
        view = View(width=WIDTH)
        return self._answer(
            run,
            asked,
            lambda result: whatif_page(result, view),
            _one_chart(difference_figure),
            replace(self, loaded=changed),
        )

    @_question
    def compare(
        self, *scenarios: str, by: By = "year", metrics: Names = (), **asked: Unpack[Asked]
    ) -> Answer:
        """Return scenarios beside this case, on the same draws.

        Example:
            >>> answer = case.compare("grid-bound", metrics="chip_spend", draws=256)
            >>> answer.to_frame()["case"].unique().tolist()
            ['base', 'grid-bound', 'difference']
        """
        from forecast.analysis.scenarios.compare import compare
        from forecast.report.blocks import View
        from forecast.report.pages.whatif.compare_pages import compare_page

        check_by(by)
        if not scenarios:
            raise InputError(Problem(PYTHON, "scenarios", "none", "the name of one at least"))
        run = partial(compare, names=scenarios, by=by, metrics=_names(metrics))
        view = View(by=by, width=WIDTH)
        return self._answer(run, asked, lambda result: compare_page(result, view))

    @_question
    def risks(self, **asked: Unpack[Asked]) -> Answer:
        """Return what each scenario with a judged probability does to this case.

        Example:
            >>> risks = case.risks(draws=256).to_frame()
            >>> risks.query("scenario == 'capex-pause' and metric == 'chip_spend'")["period"].item()
            '2028'
        """
        from forecast.analysis.scenarios.risks import risks
        from forecast.report.pages.whatif.risks_pages import risks_page

        return self._answer(risks, asked, risks_page)

    @_question
    def claims(
        self,
        *,
        who: str = "",
        about: str = "",
        year: str = "",
        outside: bool = False,
        headline: bool = False,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return published claims held against this case: by who made them, about a metric or
        subject, whose period covers a year, only those outside our P5 to P95, or only those that
        make headlines.

        Example:
            >>> said = case.claims(who="NVIDIA", headline=True, draws=256).to_frame()
            >>> said[["metric", "period", "low"]].head(1)
                          metric period           low
            0  nvidia_cumulative   2027  1.000000e+12
        """
        from forecast.analysis.claims.claims import claims
        from forecast.analysis.claims.rows import Filters
        from forecast.report.blocks import View
        from forecast.report.pages.beliefs.claims_pages import claims_page, with_sentences

        filters = Filters(who, about, year, outside, headline)

        def run(case: LoadedCase, options: RunOptions) -> SaidClaims:
            return with_sentences(claims(case, options, filters=filters))

        view = View(width=WIDTH)
        return self._answer(run, asked, lambda result: claims_page(result, view))

    @_question
    def sensitivity(
        self,
        metric: str = "inference_share",
        *,
        at: str = "",
        method: Method | None = None,
        group: bool = False,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return which assumptions move a metric at a period, the last year unless `at` says so.

        `method` is given-data (the share of the variance that goes when it is known, by which every
        page ranks), tornado (from its P10 to its P90; also for groups) or sobol (on the independent
        prior); only a tornado has a figure.

        Example:
            >>> parts = case.sensitivity("chip_spend", at="2027", draws=256).to_frame()
            >>> bool((parts["first_order"].diff().dropna() <= 0).all())  # the strongest comes first
            True
        """
        from forecast.analysis.sensitivity.sensitivity import sensitivity
        from forecast.report.blocks import View
        from forecast.report.charts.tornado_figure import tornado_figure
        from forecast.report.pages.sensitivity.sensitivity_pages import sensitivity_page

        method = method or ("tornado" if group else "given-data")
        run = partial(sensitivity, metric=metric, period=at, method=method, group=group)
        view = View(width=WIDTH)
        return self._answer(
            run,
            asked,
            lambda result: sensitivity_page(result, view, SHOWN),
            _one_chart(tornado_figure) if method == "tornado" else None,
        )

    @_question
    def solve(
        self,
        metric: str,
        period: str,
        *,
        vary: str,
        at_least: str | None = None,
        at_most: str | None = None,
        probability: str | None = None,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return the value of an assumption at which a metric meets a target, as people write it
        (80%, $700B, x1.1); `status` of the only row is solved or unreachable.

        Example:
            >>> vary = "agent_penetration@2028"
            >>> answer = case.solve("tokens", "2028", at_least="2.5e15", vary=vary, draws=256)
            >>> answer.to_frame()[["key", "status"]]
                                  key  status
            0  agent_penetration@2028  solved
        """
        from forecast.analysis.solve.solve import solve
        from forecast.report.pages.whatif.solve_pages import solve_page

        run = partial(
            solve,
            question=f"{metric}@{period}",
            vary=vary,
            at_least=at_least,
            at_most=at_most,
            probability=probability,
        )
        return self._answer(run, asked, solve_page)

    @_question
    def explain(
        self,
        metric: str,
        period: str,
        *,
        depth: int | None = 2,
        since: str | None = None,
        **asked: Unpack[Asked],
    ) -> Answer:
        """Return the tree behind a number, so many levels deep (all of them if None).

        `since` adds what changed it from an earlier period, link by link.

        Example:
            >>> tree = case.explain("inference_share", "2028", depth=1, draws=256).to_frame()
            >>> tree[["depth", "quantity"]]
               depth         quantity
            0      0  inference_share
            1      1  demands_at_rent
        """
        from forecast.analysis.explain.explain import explain
        from forecast.report.blocks import View
        from forecast.report.pages.answers.explain_pages import explain_page

        run = partial(explain, text=f"{metric}@{period}", depth=depth, since=since)
        view = View(width=WIDTH)
        return self._answer(run, asked, lambda result: explain_page(result, view))

    @_question
    def get(self, metric: str, *, member: str | None = None, **asked: Unpack[Asked]) -> Answer:
        """Return one number with its neighbours in time, who leads, and the nearest published
        claims: METRIC or METRIC@PERIOD, by id, title or part.

        Example:
            >>> case.get("asic share@2027", draws=256).to_frame()[["metric", "member", "period"]]
                   metric       member period
            0  chip_spend  custom_asic   2027
            1  chip_spend  custom_asic   2026
            2  chip_spend  custom_asic   2028
        """
        from forecast.analysis.get.get import get
        from forecast.report.blocks import View
        from forecast.report.pages.answers.get_pages import get_page

        run = partial(get, text=metric, member=member)
        view = View(width=WIDTH)
        return self._answer(run, asked, lambda result: get_page(result, view))

    @_question
    def why(self, metric: str, *, since: str | None = None, **asked: Unpack[Asked]) -> Answer:
        """Return why METRIC or METRIC@PERIOD is what it is: what grew since a period (the last year
        observed), what it rests on, what disagrees, and what would narrow it.

        Example:
            >>> reasons = case.why("inference share", draws=512)
            >>> reasons.result.change.since
            '2025'
        """
        from forecast.analysis.why.why import why
        from forecast.report.blocks import View
        from forecast.report.pages.answers.why_pages import why_page

        run = partial(why, text=metric, since=since)
        view = View(width=WIDTH)
        return self._answer(run, asked, lambda result: why_page(result, view))

    @_question
    def chart(self, *metrics: str, **asked: Unpack[Asked]) -> Answer:
        """Return metrics by quarter, flows at the rate of a year; the figure shows those named,
        which share a unit.

        Example:
            >>> fan = case.chart("chip spend", draws=256)
            >>> fan.to_frame()[["period", "unit"]].tail(1)
                period      unit
            27  2028Q4  USD/year
        """
        from forecast.analysis.chart import chart
        from forecast.report.charts.fan_figure import fan_figure
        from forecast.report.pages.answers.chart_pages import chart_page

        def draw(result: Charted, *shown: str) -> Figure:
            return fan_figure(result, *(shown or result.metrics))

        run = partial(chart, metrics=metrics)
        return self._answer(run, asked, lambda result: chart_page(result, WIDTH), draw)

    @_question
    def watch(self, *metrics: str, **asked: Unpack[Asked]) -> Answer:
        """Return the figures to come, and what a surprise in each would move: the headline metrics
        at the last year, or those given as METRIC or METRIC@PERIOD.

        Example:
            >>> figures = case.watch("chip_spend@2027", draws=256).to_frame()
            >>> figures[["metric", "metric_period"]].drop_duplicates()
                   metric metric_period
            0  chip_spend          2027
        """
        from forecast.analysis.watch.watch import watch
        from forecast.report.pages.sensitivity.watch_pages import watch_page

        run = partial(watch, metrics=metrics) if metrics else watch
        return self._answer(run, asked, watch_page)

    @_question
    def assumptions(self, text: str = "", **asked: Unpack[Asked]) -> Answer:
        """Return beliefs and drivers, prior and conditioned, whose names or titles contain text.

        Example:
            >>> case.assumptions("agent_budget", draws=256).to_frame()[["assumption", "unit"]]
                         assumption      unit
            0  agent_budget_ceiling  USD/year
        """
        from forecast.analysis.beliefs.assumptions import list_assumptions
        from forecast.report.pages.beliefs.belief_pages import list_page

        run = partial(list_assumptions, text=text)
        return self._answer(run, asked, list_page)

    @_question
    def draws(self, metric: str, *, by: By = "quarter", **asked: Unpack[Asked]) -> pd.DataFrame:
        """Return the draws of a metric: a row for each draw, a column for each period.

        An event has one column, of quarters as year fractions (2026Q3 is 2026.5), NaN for never.

        Example:
            >>> share = case.draws("inference_share", by="year", draws=256)
            >>> share.shape
            (256, 7)
            >>> bool((share["2028"] > 0.3).mean() > 0.5)  # more likely than not
            True
        """
        import numpy as np
        import pandas

        from forecast.analysis.export import metric_draws

        check_by(by)
        found = metric_draws(self.loaded, run_options(asked), metrics=[metric], by=by)
        columns = {
            metric if period is None else period: np.where(np.isfinite(values), values / 4, np.nan)
            if period is None
            else values
            for (_, _, period), values in found.draws.items()
        }
        return pandas.DataFrame(columns).rename_axis(index="draw", columns=metric)

    def _answer(
        self,
        run: Callable[..., Found],
        asked: Asked,
        page: Callable[[Found], list[Block]],
        figure: Callable[..., Figure] | None = None,
        case: Case | None = None,
    ) -> Answer:
        """Ask, and return what was found with its page and its figure."""
        from forecast.model.equations import own_equations

        begun = time.perf_counter()
        result = run(self.loaded, replace(run_options(asked), started=started()))
        timed = replace(result.run, duration_s=since(begun))
        result = replace(result, run=timed)

        def behind(metric: str, period: str, depth: int | None) -> Answer:
            return (case or self).explain(metric, period, depth=depth, **asked)

        def drawn() -> list[Block]:
            with own_equations(self.own):
                return page(result)

        return Answer(result, drawn, figure, behind)

    def __repr__(self) -> str:
        loaded = self.loaded
        parts = [loaded.source, f"data to {loaded.inputs.data_through}"]
        parts += [f"scenario {name}" for name in loaded.scenario]
        own = (each.text for each in loaded.settings if each.origin == "command line")
        parts += [f"--set {text}" for text in own]
        parts += [f"--given {each.text}" for each in loaded.given]
        return f"<forecast case: {' · '.join(parts)}>"


def load(
    workspace: str | Path | None = None,
    scenario: Names = (),
    set: Settings = (),
    as_of: str | date | None = None,
    given: Settings = (),
) -> Case:
    """Return a case: a workspace (the one around the current folder, or else the built-in base
    case, if None) with scenarios and settings, as of a day, and with outcomes to learn.

    `set` is text as on the command line, several of them, or a mapping of KEY[@PERIOD] to VALUE,
    and `given` is METRIC@PERIOD=VALUE[±ERROR] likewise. Raises InputError with every problem found.

    Example:
        >>> forecast.load(scenario="grid-bound", set={"onsite_share": "45%"})
        <forecast case: built-in base case · ... · scenario grid-bound · --set onsite_share=45%>
        >>> rich = forecast.load(given="ai_capex@2027=1.5T")
        >>> bool(rich.draws("ai_capex", by="year", draws=256)["2027"].median() > 1.35e12)
        True
    """
    from forecast.world.case import load_case

    place = None if workspace is None else Path(workspace)
    try:
        day = parse_day(as_of) if isinstance(as_of, str) else as_of
    except ValueError as error:
        expected = "a date such as 2026-11-15"
        raise InputError(Problem(PYTHON, "as_of", str(as_of), expected)) from error
    outcomes = _settings(given)
    with in_keywords():
        return Case(load_case(place, _names(scenario), _settings(set), day, given=outcomes))


def fit_series(series: Mapping[Any, float], **options: Any) -> Answer:
    """Return the next periods of one series, figures by date: a dictionary or a pandas series.

    Options are those of `forecast.analysis.series.fit.fit_series`: horizon (8), unit, ceiling,
    frequency (A, Q, M, W), origin (nothing after this day is looked at), families. Raises
    InputError with every problem found.

    Example:
        >>> sold = {"2020": 4.6, "2021": 9.0, "2022": 14.0, "2023": 18.0, "2024": 22.0}
        >>> forecast.fit_series(sold, horizon=2, ceiling=100).to_frame()[["period", "p50"]].round(0)
          period   p50
        0   2025  26.0
        1   2026  30.0
    """
    from forecast.analysis.series.fit import fit_series as fit
    from forecast.report.charts.curve_figure import curve_figure
    from forecast.report.pages.beliefs.fit_pages import fit_page

    with in_keywords():
        result = fit(series, **options)
    page = partial(fit_page, result, WIDTH)
    return Answer(result, page, lambda found: curve_figure(found, found.rows[0].series_id))


def _one_chart(draw: Callable[[Found], Figure]) -> Callable[..., Figure]:
    """Return what draws a figure of the whole answer, and refuses the name of a part."""

    def figure(result: Found, *names: str) -> Figure:
        if names:
            raise ValueError(f"one chart of all, none of {', '.join(names)}")
        return draw(result)

    return figure


def _names(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _settings(settings: Settings) -> tuple[str, ...]:
    if isinstance(settings, Mapping):
        return tuple(f"{key}={value}" for key, value in settings.items())
    return _names(settings)
