"""Ways to evaluate many points, the fastest first, and the choice between them."""

from __future__ import annotations

from compute.evaluators.ladder import PLAIN, Choice, choose

__all__ = ["PLAIN", "Choice", "choose"]
