"""The store, one SQLite file: ingested rows with vintages, kept runs, cached results."""

from forecast.store.arrivals import Counts
from forecast.store.cache import cache_limit
from forecast.store.forgotten import Chosen, Listed
from forecast.store.lock import report_lock
from forecast.store.runs import StoredRun
from forecast.store.sizes import Sizes
from forecast.store.store import STORE_FILE, Store, open_store
from forecast.store.vintages import Kept, StoredGuidance, StoredRow

__all__ = [
    "STORE_FILE",
    "Chosen",
    "Counts",
    "Kept",
    "Listed",
    "Sizes",
    "Store",
    "StoredGuidance",
    "StoredRow",
    "StoredRun",
    "cache_limit",
    "open_store",
    "report_lock",
]
