"""What can be learned from a surface once it is computed. numpy only."""

from compute.analysis.critical import critical_points
from compute.analysis.noise import counts

__all__ = ["counts", "critical_points"]
