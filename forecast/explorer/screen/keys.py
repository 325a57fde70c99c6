"""What keys do on the main screen, and what a person is told of them."""

from __future__ import annotations

SIGNS = {"plus": "+", "minus": "-", "equals_sign": "=", "full_stop": ".", "dollar_sign": "$"}
BINDINGS = (
    ("q", "leave"),
    ("up", "choose(-1)"),
    ("down", "choose(1)"),
    ("pageup", "choose(-8)"),
    ("pagedown", "choose(8)"),
    ("left", "move(-1)"),
    ("right", "move(1)"),
    ("shift+left", "move(-1, True)"),
    ("shift+right", "move(1, True)"),
    ("tab,shift+tab", "other_list"),
    ("enter", "enter"),
    *((sign, f"type('{sign}')") for sign in "0123456789"),
    *((key, f"type('{sign}')") for key, sign in SIGNS.items()),
    ("backspace,delete", "put_back"),
    ("g", "suppose"),
    ("slash", "search"),
    ("escape", "leave_prompt"),
    ("m", "metrics"),
    ("e", "why"),
    ("c", "keep"),
    ("s", "save"),
    ("x", "command_line"),
    ("u,ctrl+z", "undo"),
    ("r", "reset"),
    ("question_mark", "keys"),
)
KEYS = (
    ("↑ ↓", "choose a lever, or a metric; tab goes to the other list"),
    ("← →", "move the lever by a step, with shift by five"),
    ("⏎ or digits", "type a value as for --set: 25%, x2, +5pp, $1.2T, delay-1y"),
    ("⌫", "put the chosen lever back"),
    ("g", "suppose an outcome, as for --given: ai_capex@2027=$1.5T"),
    ("/", "search all assumptions and drivers; esc lists all"),
    ("m", "choose among all metrics"),
    ("e", "why: what each change and each link of the chain did"),
    ("c", "keep the present path as a second ghost, or let it go"),
    ("s", "save the changes as a scenario of the workspace"),
    ("x", "copy the command line that answers the same"),
    ("u", "undo the last step"),
    ("r", "reset: back to the base"),
    ("q", "leave"),
)
NOTES = (
    "While a lever moves, the first draws answer; at rest all",
    "do, and say what forecast whatif says. The mouse chooses,",
    "and moves a lever to where its track is clicked on.",
)
FOOTER = "↑↓ lever  ←→ move  ⏎ type  / search  m metric  e why  c keep  s save  ? keys"
