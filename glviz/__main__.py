"""``python -m glviz``, and the command ``glviz``."""

from __future__ import annotations

import sys

from glviz.interrupts import leaving_at_once

__all__ = ["main"]


def main() -> int:
    """Run the command; returns its exit code."""
    with leaving_at_once():
        from glviz import cli
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
