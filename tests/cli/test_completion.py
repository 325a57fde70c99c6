"""What a shell completes: the names that the program knows, without what computes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from forecast.cli import completion
from forecast.inputs import load
from forecast.world.metrics import breakdowns, metric_meanings

PROGRAM = """
import io, json, os, sys
from contextlib import redirect_stdout
from forecast.cli import main

os.environ["_FORECAST_COMPLETE"] = "complete_zsh"
found = {}
for line in json.loads(sys.argv[1]):
    os.environ["_TYPER_COMPLETE_ARGS"] = line
    with redirect_stdout(io.StringIO()) as said:
        main.run([])
    found[line] = said.getvalue()
print(json.dumps([found, [name for name in ("numpy", "pandas", "yaml") if name in sys.modules]]))
"""
COMPLETED = {
    "forecast compa": "compare",
    "forecast get inference_sp": "inference_spend_share",
    "forecast get inference_share@2028Q": "inference_share@2028Q4",
    "forecast why crosso": "crossover",
    "forecast chart chip_s": "chip_spend",
    "forecast explain inference_share@202": "inference_share@2026",
    "forecast project --metric us_g": "us_grid_share",
    "forecast project --breakdown sil": "silicon",
    "forecast project --format x": "xlsx",
    "forecast whatif --set agent_pen": "agent_penetration",
    "forecast whatif --set agent_penetration@2028": "agent_penetration@2028=",
    "forecast whatif --given ai_capex@2027": "ai_capex@2027=",
    "forecast project --scenario grid": "grid-bound",
    "forecast compare capex": "capex-pause",
    "forecast solve inference_share@2028 --vary agent_h": "agent_hours_per_seat",
    "forecast claims --who Gart": "Gartner",
    "forecast claims --about chip": "chip_spend",
    "forecast fit nvda_dc": "nvda_dc_rev",
    "forecast sensitivity --at 2028Q": "2028Q3",
    "forecast get chip_spend --member nvi": "nvidia_gpu",
    "forecast assumptions show hyperscaler": "hyperscaler_capex",
    "forecast help exit": "exit-codes",
}


def test_a_shell_completes_every_name_without_what_computes() -> None:
    call = [sys.executable, "-c", PROGRAM, json.dumps(list(COMPLETED))]
    answer = subprocess.run(call, capture_output=True, text=True, check=True, timeout=120)
    found, imported = json.loads(answer.stdout)
    assert imported == [], "a shell waits"
    missed = {line: found[line] for line, name in COMPLETED.items() if name not in found[line]}
    assert missed == {}


def test_what_is_completed_is_all_that_the_program_knows() -> None:
    inputs = load(None)
    assert set(completion.metrics()) == set(metric_meanings(inputs))
    assert set(completion.scenarios()) == set(inputs.scenarios)
    assert set(completion.series()) == set(inputs.series)
    assert set(completion.keys()) >= {*inputs.assumptions, *inputs.drivers}
    assert set(completion.DIMENSIONS) == {name for name, _ in breakdowns(None).values()}


@pytest.mark.parametrize(
    ("name", "metavar", "typed", "offered"),
    [
        ("anything", "year|quarter", "q", ["quarter"]),
        ("anything", "last|RUN", "l", None),
        ("key", "NAME", "no_such", []),
    ],
)
def test_choices_are_read_off_the_metavar(
    name: str, metavar: str, typed: str, offered: list[str] | None
) -> None:
    complete = completion.completer(name, metavar)
    assert (complete and complete(typed)) == offered
