"""The sections of a report, in order: what each shows in every format, and what JSON has of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from forecast.analysis.runs.report_contents import SENSITIVE, Report
from forecast.report import story, words
from forecast.report.blocks import ALL, Block, Facts, Prose, View
from forecast.report.cells import BANDS
from forecast.report.charts import drawings
from forecast.report.charts.drawings import Drawing
from forecast.report.pages.answers.first_page import facts, grid
from forecast.report.pages.answers.project_pages import number_blocks, targets_table
from forecast.report.pages.beliefs.belief_pages import assumption_tables
from forecast.report.pages.beliefs.claims_pages import claims_blocks
from forecast.report.pages.beliefs.driver_pages import drivers_table
from forecast.report.pages.beliefs.source_pages import sources_table, stories_table
from forecast.report.pages.sensitivity.tornado_pages import EXPLAINS_MOST, sensitivity_table
from forecast.report.pages.sensitivity.watch_pages import watch_blocks
from forecast.report.pages.whatif.compare_pages import compare_blocks
from forecast.report.pages.whatif.risks_pages import risk_blocks
from forecast.result import Result

BY_YEAR, BY_QUARTER = View(BANDS, width=ALL), View(BANDS, by="quarter", width=ALL)
BRIEF = View(BANDS, width=110)


def _nothing(_: Report) -> None:
    return None


def _no_charts(_: Report) -> Iterable[Drawing]:
    return ()


@dataclass(frozen=True)
class Section:
    """A section: what it shows (left out where that is nothing), its charts, and the result that
    JSON and the workbook have of it, if one stands behind it. Those `is_brief` make the first
    page."""

    id: str
    title: str
    blocks: Callable[[Report], Sequence[Block]]
    result: Callable[[Report], Result | None] = _nothing
    charts: Callable[[Report], Iterable[Drawing]] = _no_charts
    is_brief: bool = False


def _prose(*texts: str) -> list[Block]:
    return [Prose(text) for text in texts]


def _sensitivity(number: int, what: str) -> Section:
    """Return the section of one of the tornadoes."""

    def blocks(report: Report) -> list[Block]:
        mine = report.sensitivity[number]
        return [
            *_prose(story.tornado_sentence(mine)),
            sensitivity_table(mine, mine.bars, EXPLAINS_MOST),
        ]

    return Section(
        f"sensitivity_{SENSITIVE[number]}",
        f"What moves {what}",
        blocks,
        lambda report: report.sensitivity[number],
        lambda report: drawings.tornado(report.sensitivity[number]),
    )


def _claims(report: Report) -> list[Block]:
    sentences = [Prose(each) for each in story.claim_sentences(report, compared=True)]
    rest = [Prose(each, "quiet") for each in story.claim_sentences(report, compared=False)]
    return [Prose(story.claim_summary(report), "strong"), *sentences,
            *claims_blocks(report.claims, BY_YEAR), *rest]  # fmt: skip


def _risks(report: Report) -> list[Block]:
    return risk_blocks(report.risks)


def _sure(report: Report) -> list[Block]:
    warned = [Prose(text, label="Warning of this run") for text in story.warnings(report)]
    return [*_prose(*story.sureness(report), *story.LIMITS), *warned]


def _provenance(report: Report) -> list[Block]:
    run = report.run
    begun = [f"Started {run.started}."] if run.started else []
    return _prose(words.first_line(run), f"forecast {run.version}. Inputs SHA-256 "
                  f"{run.inputs_sha256}.", *begun, *story.LICENCES)  # fmt: skip


SECTIONS = (
    Section(
        "alerts", "Alerts", lambda report: _prose(*story.alert_sentences(report)), is_brief=True
    ),
    Section(
        "answer",
        "The answer",
        lambda report: [
            Prose(words.answer(report.projection, BANDS), "strong"),
            grid(report.projection, BRIEF),
        ],
        is_brief=True,
    ),
    Section(
        "since", "Since the last run", story.since_blocks, lambda report: report.since,
        is_brief=True,
    ),
    Section(
        "charts",
        "In four charts",
        lambda _: [Prose(story.CHARTS, "quiet")],
        charts=drawings.brief,
        is_brief=True,
    ),
    Section(
        "front",
        "What it rests on, and what moves it",
        lambda report: [Facts(tuple(facts(report.projection, report.front)))],
        lambda report: report.front,
        is_brief=True,
    ),
    Section("next", "Three things to watch", story.next_to_watch, is_brief=True),
    Section(
        "projection",
        "By year",
        lambda report: number_blocks(report.projection, BY_YEAR),
        lambda report: report.projection,
    ),
    Section(
        "quarters",
        "By quarter",
        lambda report: number_blocks(report.quarters, BY_QUARTER),
        lambda report: report.quarters,
        drawings.more_fans,
    ),
    Section(
        "crossings",
        "When inference passes training",
        lambda report: _prose(*story.crossing_sentences(report)),
        lambda report: report.crossings,
        drawings.crossings,
    ),
    _sensitivity(0, "the inference share"),
    _sensitivity(1, "chip spend"),
    Section(
        "drivers",
        "What drives it",
        lambda report: [drivers_table(report.drivers)],
        lambda report: report.drivers,
        drawings.drivers,
    ),
    Section(
        "claims", "What others have said", _claims, lambda report: report.claims, drawings.claims
    ),
    Section(
        "scenarios",
        "Scenarios",
        lambda report: [
            *compare_blocks(report.scenarios, BY_YEAR), stories_table(report.stories)
        ],
        lambda report: report.scenarios,
    ),
    Section("risks", "Risks", _risks, lambda report: report.risks),
    Section(
        "watch",
        "What to watch next",
        lambda report: watch_blocks(report.watch),
        lambda report: report.watch,
    ),
    Section("scores", "Track record", story.track_blocks, lambda report: report.scores),
    Section("sure", "How sure are we", _sure, charts=drawings.vintages),
    Section("targets", "Targets", lambda report: [targets_table(report.projection)]),
    Section(
        "assumptions",
        "Assumptions",
        lambda report: assumption_tables(report.assumptions),
        lambda report: report.assumptions,
    ),
    Section(
        "sources",
        "Sources",
        lambda report: [sources_table(report.sources)],
        lambda report: report.sources,
    ),
    Section("method", "Method in brief", lambda _: _prose(*story.METHOD)),
    Section("provenance", "Provenance and licences", _provenance),
)  # fmt: skip


def shown(report: Report) -> Iterator[tuple[Section, list[Block]]]:
    """Yield the sections that have something to show, with their blocks."""
    for section in SECTIONS:
        if blocks := list(section.blocks(report)):
            yield section, blocks


def results(report: Report) -> dict[str, Result]:
    """Return the results of a report by the id of their section."""
    named = ((section.id, section.result(report)) for section in SECTIONS)
    return {name: result for name, result in named if result is not None}


def charts(report: Report) -> dict[str, list[Drawing]]:
    """Return the charts of a report by the id of their section."""
    return {section.id: list(section.charts(report)) for section in SECTIONS}
