"""The store, one SQLite file: ingested rows with vintages, kept runs, cached results."""

from forecast.store.database import STORE_FILE, Store, open_store
from forecast.store.lock import report_lock
from forecast.store.runs import StoredRun
from forecast.store.vintages import Counts, StoredGuidance, StoredRow

__all__ = [
    "STORE_FILE",
    "Counts",
    "Store",
    "StoredGuidance",
    "StoredRow",
    "StoredRun",
    "open_store",
    "report_lock",
]
