"""Edge devices and robots: a memo line outside the data-centre total."""

from __future__ import annotations

from forecast.model.arrays import PEAK_OPERATIONS, Array
from forecast.model.graph import quantity


@quantity("H100e", "stock", "Edge compute at work (memo)", metric=True)
def edge_compute(
    edge_devices: Array,
    edge_device_operations: Array,
    edge_device_duty: Array,
    robots: Array,
    robot_operations: Array,
    robot_duty: Array,
) -> Array:
    """Phones, personal computers and robots that run models themselves, in H100e at work: units ×
    operations a second × duty over the peak of one H100e. Not part of any other total."""
    devices = edge_devices * edge_device_operations * edge_device_duty
    return (devices + robots * robot_operations * robot_duty) / PEAK_OPERATIONS
