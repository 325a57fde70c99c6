"""`forecast help TOPIC`: what no single command's --help has room for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import options as shared_options
from forecast.cli.commands import COMMANDS, app_for
from forecast.cli.file_settings import FILE_KEYS
from forecast.cli.options import COMMAND_LINE, DEFAULTS, Given
from forecast.cli.output import emit_page
from forecast.errors import InputError, Problem, did_you_mean

if TYPE_CHECKING:
    from forecast.report.blocks import Block, Prose, Table

EXAMPLES = "\b\nExamples:\n  forecast help\n  forecast help set\n  forecast help units"
OPTIONS = ("format", "output", "debug")
FORMATS = ("table", "md")
QUESTIONS = (
    ("When does inference overtake?", "forecast get crossover"),
    ("How much, and how sure?", "forecast get 'chips for inference@2027'"),
    ("What do others say?", "forecast claims --who gartner --who goldman"),
    ("Why that much?", "forecast why inference_share@2028"),
    ("How does it grow?", "forecast chart 'custom chips' inference_share"),
    ("What if agents are few?", "forecast whatif --set agents@2028=20%"),
    ("What if power comes late?", "forecast whatif --set power_additions=delay-1y"),
    ("What if capex is $1.5T?", "forecast whatif --given ai_capex@2027=1.5T"),
    ("What would change it?", "forecast watch"),
    ("And in Excel?", "forecast project --by quarter -o quarters.xlsx"),
    ("What do my figures move?", "forecast ingest capex FILE.csv"),
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("help", epilog=EXAMPLES)(shared_options.shared(help_on, OPTIONS, FORMATS))


def explained(incomplete: str) -> list[str]:
    """Return what `forecast help` explains, as far as it begins like this."""
    return [name for name in (*TOPICS, *COMMANDS) if name.startswith(incomplete)]


def help_on(
    given: Given,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="A topic, or a command.", autocompletion=explained),
    ] = None,
) -> None:
    """Explain a topic: set, given, units, bands, environment, exit-codes, json."""
    problems: list[Problem] = []
    options = shared_options.read(given, None, problems, formats=FORMATS)
    shared_options.refuse(problems)
    topic = _meant(topic) if topic is not None else None
    if topic is not None and topic not in TOPICS:
        _help_of_command(topic)
        return
    page = _topics() if topic is None else TOPICS[topic][1]()
    emit_page(lambda _: page, options.format, options.output)


def _meant(text: str) -> str:
    """Return the only topic that a text begins or goes on from (settings: set), else the text."""
    if text in TOPICS or text in COMMANDS or not text:
        return text
    near = [name for name in TOPICS if name.startswith(text) or text.startswith(name)]
    return near[0] if len(near) == 1 else text


def _help_of_command(name: str) -> None:
    """Print a command's own --help. Raises InputError if there is none of that name."""
    if name in COMMANDS:
        app_for([name])([name, "--help"], prog_name="forecast", standalone_mode=False)
        return
    hint = did_you_mean(name, [*TOPICS, *COMMANDS])
    expected = f"one of {', '.join(TOPICS)}, or a command"
    raise InputError(Problem(COMMAND_LINE, name, "no such topic", expected, hint))


def _topics() -> list[Block]:
    rows = tuple((name, summary) for name, (summary, _) in TOPICS.items())
    return [
        _table(("QUESTION", "ANSWER"), *QUESTIONS),
        _table(("TOPIC", "forecast help TOPIC says"), *rows),
        _prose("forecast --help lists the commands, forecast help COMMAND explains one."),
    ]


def _prose(text: str, label: str = "") -> Prose:
    from forecast.report.blocks import Prose

    return Prose(text, label=label)


def _table(heads: tuple[str, ...], *lines: tuple[str, ...]) -> Table:
    from forecast.report.blocks import Table, rows_of, text_columns

    return Table(heads[0].lower(), "", text_columns(*heads), rows_of(lines))


def _set() -> list[Block]:
    return [
        _prose(
            "--set KEY[@PERIOD]=VALUE changes one assumption or driver. It may stand several "
            "times; forecast assumptions list names every KEY with its unit and range, and a "
            "title or a part that no other has will do: agents, 'power additions'. "
            "The history never moves: only the future of the conditioned draws changes.",
            "SET",
        ),
        _table(
            ("VALUE", "what it does"),
            ("25%  0.25  $1.2T  650k", "replaces: the median becomes this, in the key's unit"),
            ("x2  x0.5", "scales every draw, so that the band keeps its relative width"),
            ("+5pp  -100B", "shifts every draw, in percentage points or in the key's unit"),
            ("delay-1y  delay-2q", "what comes after today comes so much later, and until then all "
             "stays as it is; with a period, what comes from its beginning on"),
            ("=-0.64", "replaces by a negative value, where a sign alone would shift: KEY==-0.64"),
        ),
        _table(
            ("KEY@PERIOD", "what it does"),
            ("@2028", "the year's end for a stock or share, its sum for a flow, its mean for a "
             "rate; the path bends smoothly from the last observation to there"),
            ("@2028Q2", "that quarter"),
            ("none", "from the first projected quarter on; a path needs a period to be replaced"),
        ),
        _prose(
            "A value outside P5 to P95 is accepted with a warning. Two settings of one key at one "
            "date that differ are refused; a setting wins over a scenario, a later scenario over "
            "an earlier one. No sign in a value means anything to a shell."
        ),
        _table(
            ("TRY", ""),
            ("forecast project --set agent_penetration@2028=25%", ""),
            ("forecast project --set agent_hours_per_seat@2028=x0.5 --metric inference_share", ""),
            ("forecast project --set hyperscaler_capex@2027=-100B --metric ai_capex", ""),
            ("forecast whatif --set agents@2028=20% --set power_additions=delay-1y", ""),
        ),
    ]  # fmt: skip


def _given() -> list[Block]:
    return [
        _prose(
            "--given METRIC[:MEMBER]@PERIOD=VALUE[±ERROR] supposes that an outcome has come, and "
            "learns from it: what else is then likely? --set does, --given learns. A setting "
            "changes the future of every draw; an outcome changes none, but says which draws to "
            "believe: each weighs as the outcome is likely in it.",
            "GIVEN",
        ),
        _table(
            ("PART", "what it is"),
            ("METRIC", "any of forecast metrics that has a value at a period"),
            (":MEMBER", "one part of its breakdown: chip_spend:custom_asic@2028=100B"),
            ("@PERIOD", "a year or a quarter, past or to come"),
            ("VALUE", "in the metric's unit: 1.5T, 70%, 130GW (a shell would read $1 itself)"),
            ("±ERROR", "one standard error: ±0.1T, ±10% of the value, ±5pp of a share; +- is ± "
             "too. Without it a quarter of the metric's own spread"),
        ),
        _prose(
            "It may stand several times; order does not matter. With --set the outcome is learnt "
            "in the world after the settings, so --set chip_spend@2028=x0.5 --given ... asks what "
            "the outcome would say there. The page says at which percentile the outcome lay, and "
            "how many effective draws are left; under 20 it is refused, since then no draw of the "
            "forecast is like it: widen the error, ask for more --draws, or use --set."
        ),
        _prose(
            "A draw before and one after are no pair, since draws are chosen and not changed. So "
            "forecast whatif takes differences between draws of equal rank."
        ),
        _table(
            ("TRY", ""),
            ("forecast project --given ai_capex@2027=1.5T", ""),
            ("forecast whatif --given inference_share@2028=70%±5pp", ""),
            ("forecast whatif --set agent_penetration@2028=25% --given ai_revenue@2028=500B", ""),
        ),
    ]  # fmt: skip


def _units() -> list[Block]:
    from forecast.units import UNITS

    return [
        _prose(
            "Values are kept in base units (watts, not gigawatts; dollars, not billions) and read "
            "as people write them.",
            "UNITS",
        ),
        _table(
            ("WRITTEN", "read as"),
            ("$350B  350 billion  3.5e11", "k, M, B, T or thousand, million, billion, trillion"),
            ("21 GW  300 TWh  1e26 FLOP", "k, M, G, T, P, E before watts and FLOP"),
            ("40%  0.4", "a share, always between 0 and 1"),
            ("<5%  $400B+  up to 40%", "a bound, where an observation is ingested"),
            ("~1T  180-190B", "about, and a range, likewise"),
        ),
        _table(("UNIT", ""), *((unit.name, unit.meaning) for unit in UNITS.values())),
        _prose(
            "One H100e is 1,979e12 dense 8-bit operations a second. Money is nominal US dollars. "
            "For a year a flow is summed, a rate averaged; a stock stands at the year's end; a "
            "share or ratio is recomputed from its parts, never averaged."
        ),
        _table(
            ("TRY", ""), ("forecast metrics", ""), ("forecast assumptions show research_level", "")
        ),
    ]


def _bands() -> list[Block]:
    return [
        _prose(
            "Every number is a median with a band. P10–P90 means that 8 of 10 draws of the "
            "conditioned ensemble fall inside; --bands 5,50,95 or 5,25,50,75,95 shows others. "
            "Machine formats always carry P5, P10, P25, P50, P75, P90, P95 and the mean.",
            "BANDS",
        ),
        _prose(
            "A band holds what the model knows it does not know: growth after the last "
            "observation, wide beliefs as far as history has not narrowed them, and how far the "
            "model's own demand may drift. It does not hold what nobody thought of: see forecast "
            "risks, and forecast backtest --model for how such bands have fared."
        ),
        _prose(
            "Medians of parts need not add up to the median of the whole; in each draw they do. "
            "mc_error is the sampling error of the median: more --draws makes it smaller. "
            "A change comes with its own band, taken draw by draw, and with the share of draws in "
            "which it is a rise; between 40% and 60% there is no clear direction."
        ),
        _table(
            ("TRY", ""),
            ("forecast project --bands 5,25,50,75,95", ""),
            ("forecast project --metric inference_share --format csv", ""),
        ),
    ]


def _environment() -> list[Block]:
    from typing import get_type_hints

    known = {
        name: each.envvar
        for name, hint in get_type_hints(Given, include_extras=True).items()
        for each in hint.__metadata__
        if each.envvar
    }
    given = tuple(
        (variable, f"--{name.replace('_', '-')}{_default(name)}")
        for name, variable in known.items()
    )
    return [
        _prose(
            "An option comes from the command line, else from the environment, else from "
            "forecast.toml of the workspace, else from its default.",
            "ENVIRONMENT",
        ),
        _table(("VARIABLE", "stands for"), *given),
        _prose("FORECAST_SCENARIO and FORECAST_SET may hold several, with blanks between them."),
        _table(
            ("VARIABLE", "does"),
            ("FORECAST_HINTS=0", "no hints on a terminal"),
            ("FORECAST_PAGER", "what shows pages longer than the terminal; cat: nothing does"),
            ("NO_COLOR, FORCE_COLOR", "no colour, or colour in a pipe too"),
            ("COLUMNS", "how wide a page is, from 20; a pipe has 80 unless it says more"),
            ("SOURCE_DATE_EPOCH", "the moment of the run, so that output repeats to the byte"),
            ("FORECAST_CONTACT", "who asks publishers: Name name@domain"),
            ("FORECAST_CACHE_MB", "how many MB a store's cache may hold (512)"),
            ("XDG_CACHE_HOME", "where ensembles are kept outside a workspace"),
        ),
        _prose(f"forecast.toml may set {', '.join(FILE_KEYS)}."),
        _table(("TRY", ""), ("forecast doctor --settings", ""), ("forecast doctor", "")),
    ]


def _default(name: str) -> str:
    return f" ({DEFAULTS[name]} by default)" if name in DEFAULTS else ""


def _exit_codes() -> list[Block]:
    return [
        _table(
            ("EXIT CODE", "means"),
            ("0", "done"),
            (
                "1",
                "a check, an alert or a target that was asked for did not hold, or a source failed",
            ),
            (
                "2",
                "bad usage or bad input: every problem is listed, nothing was changed; or the "
                "result could not be written: a full disk, a closed stdout",
            ),
            ("3", "another run holds the lock of the workspace"),
            ("70", "a defect of forecast; --debug shows where"),
            ("71", "too little memory: fewer --draws take less"),
            ("130, 143", "interrupted from the keyboard, ended by SIGTERM; files are whole"),
        ),
        _prose(
            "A pipe whose reader has gone is no error, nor is a closed stdout where -o or --out "
            "names a file. With a machine format, what is wrong is a JSON object on "
            "stderr too, with exit_code and a list of problems: place, subject, found, expected, "
            "hint."
        ),
        _table(("TRY", ""), ("forecast assumptions check", ""), ("forecast doctor --model", "")),
    ]


def _json() -> list[Block]:
    return [
        _prose(
            "--json prints one object: schema (1), command, run (version, started, as_of, "
            "data_through, seed, draws, through, scenario, overrides, given, inputs_sha256, "
            "duration_s, run_id), warnings and rows. Keys may be added, never changed. --format "
            "csv has the same rows; -o FILE.json or FILE.csv implies the format.",
            "JSON",
        ),
        _table(
            ("KEY OF A ROW", "of forecast project"),
            ("metric, unit, kind", "as in forecast metrics"),
            ("dimension, member", "of a breakdown, else null"),
            ("period", "2028 or 2028Q4; null for an event such as crossover"),
            ("status", "observed, estimated or projected"),
            ("observed", "what was published for the period, else null"),
            ("mean, p2_5 … p97_5", "over the draws, raw; of an event quarters, null for never"),
            ("mc_error", "standard error of p50 from sampling; of an event, of its probability"),
        ),
        _prose(
            "The same inputs, seed and draws give the same rows on any number of threads; with "
            "SOURCE_DATE_EPOCH set the whole output is the same to the byte. Draws themselves: "
            "forecast export draws."
        ),
        _table(
            ("TRY", ""),
            ("forecast project --json -o forecast.json", ""),
            ("forecast metrics --format csv", ""),
        ),
    ]


TOPICS: dict[str, tuple[str, Callable[[], list[Block]]]] = {
    "set": ("how --set changes an assumption: values, periods, order", _set),
    "given": ("how --given learns from an outcome, and how it differs from --set", _given),
    "units": ("the units, and the ways to write a quantity", _units),
    "bands": ("what a band holds and what it does not", _bands),
    "environment": ("variables, forecast.toml, and which of them wins", _environment),
    "exit-codes": ("what 0, 1, 2, 3, 70 and 71 mean", _exit_codes),
    "json": ("the machine formats and their keys", _json),
}
