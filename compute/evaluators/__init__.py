"""Ways to evaluate many points, the fastest first, and the choice between them."""

from __future__ import annotations

from compute.evaluators.ladder import PLAIN, Choice, Rung, choose

__all__ = ["PLAIN", "Choice", "Rung", "choose"]
