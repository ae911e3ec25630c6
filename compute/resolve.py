"""``package.module:name``: objects of the user's own code, named on the command line."""

from __future__ import annotations

import importlib
import os
import sys

from compute.errors import UsageError, nearest

__all__ = ["resolve"]


def resolve(spec: str, what: str) -> object:
    """The object that ``package.module:name`` names; the current directory is searched too.

    Args:
        spec: a module, a colon, and a name in it (dots go deeper).
        what: what the object is for, for messages: "the model".

    Raises:
        UsageError: no such module or name, or the module fails to import.
    """
    module_name, _, attribute = spec.partition(":")
    doing = f"finding {what} {spec}"
    if not module_name or not attribute:
        raise UsageError(doing, "it does not name an object in a module", "Write it as package.module:name.")
    here = os.getcwd()
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)  # as `python -m` does; the installed command does not
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise UsageError(
                doing,
                f"there is no module {error.name!r}",
                "Run from the folder that holds it, or install its package.",
            ) from error
        raise UsageError(doing, f"{module_name} needs {error.name!r}", "Install what it needs.") from error
    except Exception as error:
        raise UsageError(
            doing,
            f"importing {module_name} raised {type(error).__name__}: {error}",
            "Mend it; --debug shows where.",
        ) from error
    found: object = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            public = [name for name in dir(found) if not name.startswith("_")]
            raise UsageError(
                doing,
                f"{module_name} has no {attribute!r}",
                f"{nearest(part, public)}Check the name after the colon.",
            )
        found = getattr(found, part)
    return found
