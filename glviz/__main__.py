"""``python -m glviz``, and the command ``glviz``."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from typing import NoReturn

from glviz.interrupts import leaving_at_once

__all__ = ["main"]

# Nothing that the viewer multiplies is large, and numpy's threads for it take 20 ms to be there.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    gc.disable()  # what is imported stays, and 15 ms go by looking through it; see glviz/cli.py
    with leaving_at_once():
        from glviz import cli
    _leave(cli.main())


def _leave(code: int) -> NoReturn:
    """End the process, which has put away by now all that outlives it.

    Python would take every module apart first, which for numpy and ImGui is 40 ms of work.
    """
    with leaving_at_once():
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # whoever read it went away
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
