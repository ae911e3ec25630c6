"""From any loss function to one loss a sample, so that means and their errors can be exact.

torch's loss functions return the mean over a batch. A mean of batch means is not the mean over
the samples (the last batch is smaller, class weights differ), it is rounded to the precision of
the network, and it says nothing about the spread. So the function is asked for its losses one by
one (``reduction="none"``), which gives for sample i a sum A_i and a weight V_i with

    L = sum A_i / sum V_i,

in torch's own sense: V_i is 1, or the class weight of the target, or 0 where the target is to be
ignored. The standard error follows from the residuals A_i - L V_i (a ratio estimator; for V = 1
it is the usual s / sqrt(n)). Functions that return one number are applied to all outputs at once.
"""

from __future__ import annotations

from compute.reduction.function import LossFunction
from compute.reduction.losses import LOSSES, next_token
from compute.reduction.samples import SampleLosses

__all__ = ["LOSSES", "LossFunction", "SampleLosses", "next_token"]
