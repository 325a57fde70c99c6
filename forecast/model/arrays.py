"""The one array type of the model, and physical constants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PEAK_OPERATIONS = 1.979e15
"""Dense 8-bit operations per second of one H100e (NVIDIA H100 SXM; Epoch AI's definition)."""

SECONDS_PER_DAY = 86_400.0
HOURS_PER_YEAR = 8_760.0
SECONDS_PER_YEAR = HOURS_PER_YEAR * 3_600.0
QUARTERS_PER_YEAR = 4.0
