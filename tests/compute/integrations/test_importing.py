"""A library that is not there: the message says what to install, and only its own module asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDE = """
import importlib.util, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hidden())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {hidden} else found(name, package)
"""


@pytest.mark.parametrize(
    ("module", "hidden", "advice"),
    [
        ("compute.integrations.lightning", ("lightning", "pytorch_lightning"), "pip install lightning"),
        ("compute.integrations.huggingface", ("transformers",), 'pip install "transformers[torch]"'),
    ],
)
def test_the_lack_of_a_library_is_explained(module, hidden, advice):
    code = HIDE.format(hidden=hidden) + (
        "import compute.integrations\ntry:\n"
        f"    import {module}\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    what, _, todo = done.stdout.strip().partition("\n")
    assert what == f"importing {module}: {hidden[0]} is not installed here"
    assert todo == f"Install it: {advice}"


def test_no_library_is_loaded_before_its_module():
    code = (
        "import sys, compute.integrations, compute.integrations.recording, compute.landscapes\n"
        "print(*sorted({'lightning', 'pytorch_lightning', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("", "")
