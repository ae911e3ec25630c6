"""What can be learned from a surface once it is computed. numpy only."""

from compute.analysis.critical import critical_points
from compute.analysis.merge_tree import MergeTree, basin_numbers, merge_tree
from compute.analysis.noise import counts

__all__ = ["MergeTree", "basin_numbers", "counts", "critical_points", "merge_tree"]
