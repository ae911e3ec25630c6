"""The scales of surfaces, curves and colours: those that figures for papers have too."""

from compute.scales.scale import KINDS, Scale, ScaleKind, choose_scale

__all__ = ["KINDS", "Scale", "ScaleKind", "choose_scale"]
