"""Reading through a C library in a process of its own.

libhdf5 and VTK were not made for files from strangers: a damaged one can end the process,
or ask for all the memory there is. Here they work in a child with limits on memory and
time, which sends back plain arrays; whatever it dies of becomes one ordinary error. That
costs a quarter of a second a file.

The child writes, on its stdout: one line of JSON (facts, and the name, type and shape of
each array), then the arrays' bytes one after the other.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import FileFormatError

__all__ = ["MOST_BYTES", "NotThisFileError", "read_isolated"]

MOST_BYTES = 2**30  # of all arrays of a file
ADDRESS_SPACE = 6 * 2**30  # of the child: the arrays twice, the libraries, their thread stacks
SECONDS = 20  # for a file of any size, and a second more for each
BYTES_A_SECOND = 5_000_000
DAMAGED = "Copy or export it again; it is probably damaged."

Arrays = dict[str, NDArray[Any]]
Facts = dict[str, Any]


class NotThisFileError(Exception):
    """What a reader in the child raises: what was found, and what to do."""

    def __init__(self, found: str, todo: str = DAMAGED) -> None:
        super().__init__(found, todo)
        self.found, self.todo = found, todo


def read_isolated(module: str, path: str | os.PathLike[str], library: str) -> tuple[Facts, Arrays]:
    """What ``module.read(path)`` returns, called in a child.

    Args:
        module: dotted name; its ``read`` gives facts (JSON) and arrays by name, or raises
            `NotThisFileError`.
        path: the file.
        library: by which it is read, for messages.

    Raises:
        FileFormatError: it cannot be read, or the child died of it.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(part or os.getcwd() for part in sys.path),
        "HDF5_PLUGIN_PRELOAD": "::",  # no code from a plugin folder for the sake of a file's filters
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", __name__, module, os.path.abspath(os.fsdecode(path))]
    seconds = SECONDS + _size(path) // BYTES_A_SECOND
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        try:
            output, _ = child.communicate(timeout=2 * seconds)  # the machine may have other work
        except subprocess.TimeoutExpired:
            child.kill()
            found = f"{library} was still reading it after {2 * seconds} seconds"
            raise FileFormatError(path, found, DAMAGED) from None
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0 or b"\n" not in output:
        raise FileFormatError(path, f"{library} broke down while reading it", DAMAGED)
    facts, arrays = _received(output)
    if "found" in facts:
        raise FileFormatError(path, str(facts["found"]), str(facts["todo"]))
    return facts, arrays


def _received(output: bytes) -> tuple[Facts, Arrays]:
    line, _, _ = output.partition(b"\n")
    told = json.loads(line)
    arrays, start = {}, len(line) + 1
    for name, kind, shape in told["arrays"]:
        array = np.frombuffer(output, np.dtype(kind), int(np.prod(shape, dtype=np.int64)), start)
        arrays[name] = array.reshape(shape)
        start += array.nbytes
    return told["facts"], arrays


def _send(facts: Facts, arrays: Arrays, stream: BinaryIO) -> None:
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    listed = [(name, array.dtype.str, array.shape) for name, array in plain.items()]
    stream.write(json.dumps({"facts": facts, "arrays": listed}).encode("ascii") + b"\n")
    for array in plain.values():
        stream.write(array.tobytes())
    stream.flush()


def _size(path: str | os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _limit(path: str) -> None:
    """Bound what the process may take, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for limit, most in (
            (resource.RLIMIT_AS, ADDRESS_SPACE),
            (resource.RLIMIT_CPU, SECONDS + _size(path) // BYTES_A_SECOND),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(limit)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(limit, (most, hard))


def _main(module: str, path: str) -> None:
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes elsewhere
    _limit(path)
    try:
        facts, arrays = importlib.import_module(module).read(path)
    except NotThisFileError as error:
        facts, arrays = {"found": error.found, "todo": error.todo}, {}
    except MemoryError:
        facts, arrays = {"found": "it asks for more memory than a surface can need", "todo": DAMAGED}, {}
    _send(facts, arrays, stream)


if __name__ == "__main__":
    # As the module that readers import, so that there is one NotThisFileError.
    from compute.files import isolated

    isolated._main(sys.argv[1], sys.argv[2])
