"""The driver that is loaded early, in a thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

from glviz import driver

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's")


@linux
def test_the_context_is_made_of_the_display_that_was_begun() -> None:
    code = (
        "import threading\n"
        "from glviz import driver\n"
        "driver.begin_loading()\n"
        "from glviz.render import offscreen_context\n"
        "for _ in range(2):\n"
        "    context = offscreen_context()\n"
        "    assert context.version_code >= 330\n"
        "    context.release()\n"
        "assert all(each.name != 'driver' or not each.join(10) for each in threading.enumerate())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@linux
def test_without_a_driver_nothing_is_said_here(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    driver._initialise()
