"""What can be learned from a surface once it is computed. numpy only."""

from compute.analysis.critical import critical_points

__all__ = ["critical_points"]
