"""What can be learned from a surface once it is computed. numpy only."""

from compute.analysis.critical import critical_points, unsought
from compute.analysis.merge_tree import MergeTree, basin_numbers, merge_tree
from compute.analysis.noise import counts
from compute.analysis.sharpness import Sharpness, barrier, convexity, sharpness

__all__ = [
    "MergeTree",
    "Sharpness",
    "barrier",
    "basin_numbers",
    "convexity",
    "counts",
    "critical_points",
    "merge_tree",
    "sharpness",
    "unsought",
]
