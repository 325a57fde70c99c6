"""A chart as SVG inside a page: named and described for readers who do not see it, in the page's
own type and colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from forecast.report.charts import frame

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

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
OF_THE_PAGE = {"style", "metadata"}  # elements that the page has itself
PLACES = {"d", "x", "y", "transform"}  # attributes whose third decimal nobody sees
_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_DIGITS = re.compile(r"(\d\.\d{2})\d+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline(draw: Callable[[], Figure], name: str, title: str, description: str) -> str:
    """Return a figure as an SVG element that HTML can hold; `name` is unique in the page."""
    root = ElementTree.fromstring(svg(draw, name))
    used = set(_references(root))
    for element in root.iter():
        _tidy(element, name, used)
    _prune(root)
    body = "".join(ElementTree.tostring(child, "unicode") for child in root)
    named = f'aria-labelledby="{name}-t {name}-d" viewBox="{root.get("viewBox")}"'
    return (
        f'<svg class="chart" role="img" {named}>'
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(description)}</desc>  {body.replace(" />", "/>")}</svg> '
    )


def _references(root: Element) -> Iterator[str]:
    """Yield the ids that something refers to."""
    for element in root.iter():
        for key, value in element.items():
            if _bare(key) == "href":
                yield value.removeprefix("#")
            yield from _REFERENCE.findall(value)


def _bare(name: str) -> str:
    """Return a name without its namespace, which HTML does without."""
    return name.rpartition("}")[2]


def _tidy(element: Element, name: str, used: set[str]) -> None:
    """Leave of an element what a page needs: no blanks between elements, no type of its own,
    variables for colours, and an id only where something refers to it, unlike any other chart's."""
    element.tag = _bare(element.tag)
    element.text = (element.text or "").strip() or None
    element.tail = None
    given = {_bare(key): value for key, value in element.items()}
    element.attrib.clear()
    for key, value in given.items():
        if (key == "id" and value not in used) or value.startswith("rotate(-0 "):
            continue
        element.set(key, _tidied(key, value, name))


def _tidied(key: str, value: str, name: str) -> str:
    """Return the value of an attribute."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value.removeprefix('#')}"
    if key in PLACES:
        value = _DIGITS.sub(r"\1", value)
    if key == "style":
        value = _FAMILY.sub("", value)
    for colour, variable in VARIABLES.items():
        value = value.replace(colour, f"var({variable})")
    return _REFERENCE.sub(rf"url(#{name}-\1)", value.replace("  ", " "))


def _prune(element: Element) -> None:
    """Remove what the page has itself, and groups that hold nothing."""
    for child in list(element):
        _prune(child)
        is_empty = child.tag in {"g", "defs"} and not (len(child) or child.attrib)
        if is_empty or child.tag in OF_THE_PAGE:
            element.remove(child)


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
