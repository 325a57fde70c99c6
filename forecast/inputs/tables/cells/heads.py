"""How people and statistical offices head the columns that play a role."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Beside the role itself, the likeliest first.
CALLED: Mapping[str, tuple[str, ...]] = {
    "series_id": ("series",),
    "period_end": (
        "period_ended", "fiscal_date_ending", "quarter_ended", "quarter_end", "month_end",
        "year_end", "fiscal_period",
        "time_period", "observation_date", "ref_date", "period", "date", "end", "end_date", "time",
        "week_ending", "datum", "quarter", "month", "week", "fiscal_quarter", "as_of",
        "calendar_year", "fiscal_year", "year", "jahr", "fy", "quartal", "monat", "day",
        "timestamp", "trimestre", "kvartal", "kwartaal", "mois", "mes", "mese", "maand",
        "période", "período", "periodo", "periode", "fecha", "data", "année", "anno", "año", "ano",
        "jaar", "år", "rok", "年", "年月", "月", "月份", "季度", "期間", "期间", "時期", "时间",
        "日期", "시점", "기간", "연도",
    ),
    "value": (
        "obs_value", "val", "figure", "amount", "wert", "betrag", "level", "values", "valeur",
        "valore", "valor", "waarde", "värde", "数值", "値", "값",
    ),
    "unit": (
        "units", "unit_of_measure", "unit_of_measurement", "unit_measure", "uom", "einheit",
        "unité", "unità", "unidad", "unidade", "eenheid", "enhet", "単位", "单位", "단위",
        "currency", "reported_currency",
    ),
    "published": (
        "publication_date", "release_date", "date_published", "published_on", "released", "filed",
        "filing_date", "accepted_date", "announcement_date", "as_of",
    ),
    "source": ("sources", "quelle", "fuente", "fonte"),
    "source_url": ("url", "link"),
    "frequency": ("freq",),
    "note": (
        "notes", "comment", "comments", "footnote", "footnotes", "obs_flag", "flag", "flags",
        "obs_status", "ref", "refs", "reference", "references",
    ),
}  # fmt: skip
_YEARS = (
    "year", "calendar_year", "fiscal_year", "jahr", "fy", "année", "anno", "año", "ano", "jaar",
    "år", "rok", "年", "연도",
)  # fmt: skip


def is_called(role: str, name: str) -> bool:
    """Return whether a head is one that people give the column of a role; `year` is a role here."""
    plain = plain_head(name)
    return plain == role or plain in (_YEARS if role == "year" else CALLED.get(role, ()))


def names_currency(name: str) -> bool:
    """Return whether a head is that of a column of currencies, which say not how many of them."""
    return plain_head(name) in {"currency", "reported_currency"}


def plain_head(name: str) -> str:
    """Return a head in small letters with underscores, without the object of JSON it stands in."""
    name = re.sub(r"^\w+\.(?=\w+$)", "", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", name)  # fiscalDateEnding
    return "_".join(name.lower().rstrip(".:").replace("-", " ").replace("_", " ").split())
