"""The store: ingested observations with vintages, kept runs and cached results, in one SQLite file."""

from forecast.store.database import STORE_FILE, Store, open_store
from forecast.store.runs import StoredRun
from forecast.store.vintages import Counts, StoredRow

__all__ = ["STORE_FILE", "Counts", "Store", "StoredRow", "StoredRun", "open_store"]
