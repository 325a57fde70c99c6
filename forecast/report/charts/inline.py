"""A chart as SVG inside a page: named and described for readers who do not see it, in the page's
own type and colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from forecast.report.charts import frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIABLES = {
    frame.INK: "--ink",
    frame.MUTED: "--muted",
    frame.RULE: "--rule",
    frame.GROUND: "--ground",
    frame.TRAINING: "--training",
    frame.INFERENCE: "--inference",
    frame.TOTAL: "--total",
}
_COLOUR = re.compile("|".join(VARIABLES))
_FAMILY = re.compile(r"font-family: [^;\"]*;? ?")
_PLACES = re.compile(r' (?:d|x|y|transform)="[^"]*"')
_DIGITS = re.compile(r"(\d\.\d{2})\d+")
_USED = re.compile(r"(?:url\(#|href=\"#)([^)\"]+)")


def inline(draw: Callable[[], Figure], name: str, title: str, description: str) -> str:
    """Return a figure as an SVG element that HTML can hold; `name` is unique in the page."""
    drawn = svg(draw, name)
    body = drawn[drawn.index("<svg") :]
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", body)
    body = _COLOUR.sub(lambda match: f"var({VARIABLES[match[0]]})", _FAMILY.sub("", body))
    body = _own_names(body, name)
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="([^"]+)"', head)
    named = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    view = box[1] if box else "0 0 1 1"
    opening = f'<svg class="chart" role="img" aria-labelledby="{name}-t {name}-d" viewBox="{view}"'
    named = named.replace("<title>", f'<title id="{name}-t">')
    named = named.replace("<desc>", f'<desc id="{name}-d">')
    return f"{opening}>{named}{_squeezed(rest)}"


def _own_names(body: str, name: str) -> str:
    """Return SVG in which only what is referred to has an id, and none that another chart has."""
    used = set(_USED.findall(body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    return re.sub(r"(url\(#|href=\"#)", rf"\g<1>{name}-", body).replace("xlink:href", "href")


def _squeezed(body: str) -> str:
    """Return SVG without empty groups and the blanks between elements."""
    body = _PLACES.sub(lambda match: _DIGITS.sub(r"\1", match[0]), body)
    body = re.sub(r"\s*\n\s*", " ", body)
    before = ""
    while before != body:
        before, body = body, re.sub(r"<g>\s*</g>|<g/>|<defs>\s*</defs>", "", body)
    return re.sub(r">\s+<", "><", body)


def svg(draw: Callable[[], Figure], salt: str) -> str:
    """Return a figure as SVG, with text as text; the same bytes whenever the figure is the same.

    `draw` makes the figure with Matplotlib's own defaults, whatever a person has configured.
    """
    import io
    import warnings

    import_matplotlib()
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": salt})
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        with warnings.catch_warnings():  # signs that the measuring font lacks stay text
            warnings.filterwarnings("ignore", "Glyph")
            FigureCanvasSVG(draw()).print_figure(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


def import_matplotlib() -> None:
    """Import what charts need of Matplotlib, which takes long, without a word of caches that it
    cannot write."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401
