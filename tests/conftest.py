"""Fixtures for every test. Nothing heavy is imported before a test asks for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    import moderngl

REPOSITORY = Path(__file__).resolve().parent.parent

# What a shell starts in the background ignores Ctrl-C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: machines differ, and share their processors. In CI the same examples every time,
# so that a change is judged by what it changed; elsewhere new ones.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs that are not part of the repository."""
    named = os.environ.get("GLVIZ_SHARED_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data: GLVIZ_SHARED_DATA is {named!r} and {folder} is not a folder")
    return folder


@pytest.fixture(scope="session")
def gl_context() -> Iterator[moderngl.Context]:
    """One OpenGL 3.3 context without a window for the whole session.

    Where there is no OpenGL the test fails: a suite that skips its pictures proves nothing.
    """
    import moderngl

    try:
        context = moderngl.create_context(standalone=True, backend="egl", require=330)
    except Exception as error:
        pytest.fail(
            f"no OpenGL 3.3 context through EGL: {error}. See what tools/system_libraries.sh says.",
            pytrace=False,
        )
    yield context
    context.release()


@pytest.fixture(autouse=True)
def _gl_error_state(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that draws starts with its context current and no error set, and leaves no error behind."""
    if "gl_context" not in request.fixturenames:
        yield
        return
    context = request.getfixturevalue("gl_context")
    with context:  # another context may have been made current meanwhile
        assert context.error == "GL_NO_ERROR", "an OpenGL error was set before this test began"
        yield
        with context:  # the test may have made another one current
            assert context.error == "GL_NO_ERROR", "this test left an OpenGL error behind"
