"""A page as a fragment of HTML for a notebook, with the little style that its tables need."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.report.blocks import Block
from forecast.report.formats.hypertext import fragment

STYLE = (
    ".forecast .n{text-align:right}.forecast .w{text-align:left}.forecast .note{display:block;"
    "opacity:.7;font-size:smaller}.forecast .d1{padding-left:2em}.forecast .d2{padding-left:3em}"
)


def notebook(blocks: Sequence[Block]) -> str:
    """Return blocks as HTML that stands by itself."""
    return f'<div class="forecast"><style>{STYLE}</style>{fragment(blocks)}</div>'
