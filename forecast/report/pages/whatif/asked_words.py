"""What a person asked for, as words of a sentence: settings, delays and scenarios."""

from __future__ import annotations

from forecast.analysis.whatif.rows import SetBelief
from forecast.inputs.schema import Setting
from forecast.report.layout import SHORT_NAMES
from forecast.report.numbers import quantity
from forecast.report.pages.whatif.changes import in_sentence

LONGEST = 60  # characters of a title within a sentence: of a longer one the key says as much


def asked_words(text: str, belief: SetBelief | None) -> str:
    """Return what was asked for as words of a sentence: a setting of a belief, its value as it was
    written (applications with agents at 20% in 2028 (base 47%)), or else a scenario."""
    if belief is None:
        return f"the scenario {text}"
    setting, title = belief.setting, in_sentence(belief.title)
    name = SHORT_NAMES.get(setting.key) or (title if len(title) <= LONGEST else setting.key)
    planned = ", as planned," if belief.is_plan else ""
    when = f" in {setting.period}" if setting.period else ""
    base = f" (base {quantity(belief.before, belief.unit)})"
    return f"{name}{planned} {_done(setting)}{when}{base * (setting.operation != 'delay')}"


def _done(setting: Setting) -> str:
    """Return what a setting does: at 20%, times 0.5, up by 5pp, 2 quarters later."""
    value = setting.text.partition("=")[2].strip()
    if setting.operation == "delay":
        quarters = int(setting.value)
        count, unit = (quarters // 4, "year") if quarters % 4 == 0 else (quarters, "quarter")
        return f"a {unit} later" if count == 1 else f"{count} {unit}s later"
    if setting.operation == "scale":
        return f"times {setting.value:g}"
    if setting.operation == "shift":
        return f"{'up' if setting.value > 0.0 else 'down'} by {value[1:].strip()}"
    return f"at {value.removeprefix('=').strip()}"
