"""What a run is of, as checksums: so that it goes on with the same model, data and grid, or not at all.

Objects are hashed by what they hold, in two parts: tensors and arrays (the data), and everything
else (names, numbers, functions by their code). What cannot be looked into, such as a file that a
function reads, shows in the values at the centre, which are part of the identity too.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
import types
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from compute.errors import listing

__all__ = ["Identity", "axis_words", "changes", "checksum", "checksums"]

Identity = Mapping[str, Any]

# How far the values at the centre may differ: other machines and thread counts round differently.
SAME_VALUE = 1e-4
DEEPEST = 12


def checksum(*things: Any) -> str:
    """One checksum of all that the things hold."""
    return ":".join(checksums(*things))


def checksums(*things: Any) -> tuple[str, str]:
    """Checksums of the arrays that the things hold, and of everything else."""
    walk = _Walk()
    for thing in things:
        walk.visit(thing, 0)
    return walk.arrays.hexdigest(), walk.rest.hexdigest()


class _Walk:
    def __init__(self) -> None:
        self.arrays, self.rest = (hashlib.blake2b(digest_size=12) for _ in range(2))
        self._seen: dict[int, tuple[int, Any]] = {}

    def visit(self, thing: Any, depth: int) -> None:
        if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes)):
            self._say(type(thing).__name__, repr(thing))
        elif id(thing) in self._seen:
            self._say("again", str(self._seen[id(thing)][0]))
        elif depth > DEEPEST:
            self._say("deep", _kind(thing))
        else:
            self._seen[id(thing)] = (len(self._seen), thing)  # kept alive: its id is not reused
            self._visit_new(thing, depth + 1)

    def _visit_new(self, thing: Any, depth: int) -> None:
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(thing, torch.Tensor):
            self._tensor(thing, torch)
        elif isinstance(thing, (np.ndarray, np.generic)):
            self._array(np.asarray(thing))
        elif isinstance(thing, Mapping):
            self._say("mapping", str(len(thing)))
            for key, value in thing.items():
                self.visit(key, depth)
                self.visit(value, depth)
        elif isinstance(thing, Set):
            self._say("set", *sorted(map(repr, thing)))
        elif isinstance(thing, Sequence):
            self._say(_kind(thing), str(len(thing)))
            for value in thing:
                self.visit(value, depth)
        elif isinstance(thing, types.FunctionType):
            self._function(thing, depth)
        elif isinstance(thing, types.MethodType):
            self._say("method", thing.__func__.__qualname__)
            self.visit(thing.__self__, depth)
        elif isinstance(thing, type) or isinstance(thing, (types.BuiltinFunctionType, types.ModuleType)):
            self._say("name", thing.__name__)
        else:
            self._say("object", _kind(thing))
            if isinstance(getattr(thing, "__dict__", None), dict):
                self.visit(vars(thing), depth)
            for name in _slots(type(thing)):
                self._say("slot", name)
                self.visit(getattr(thing, name, None), depth)

    def _function(self, function: types.FunctionType, depth: int) -> None:
        self._say("function", function.__qualname__)
        self._code(function.__code__)
        self.visit(function.__defaults__, depth)
        for cell in function.__closure__ or ():
            try:
                self.visit(cell.cell_contents, depth)
            except ValueError:  # an empty cell
                self._say("empty")

    def _code(self, code: types.CodeType) -> None:
        self._say("code", code.co_code.hex(), *code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant)
            elif not isinstance(constant, frozenset):  # whose order changes from process to process
                self._say("constant", repr(constant))

    def _tensor(self, tensor: Any, torch: Any) -> None:
        tensor = tensor.detach()
        if tensor.is_meta or tensor.layout != torch.strided:
            self._say("tensor", str(tensor.dtype), str(tuple(tensor.shape)))
            return
        flat = tensor.cpu().contiguous().resolve_conj().resolve_neg().reshape(-1)
        self.arrays.update(f"{tensor.dtype} {tuple(tensor.shape)};".encode())
        if flat.numel():
            self.arrays.update(flat.view(torch.uint8).numpy())

    def _array(self, array: np.ndarray) -> None:
        if array.dtype.hasobject:
            self._say("objects", *map(repr, array.ravel().tolist()))
            return
        self.arrays.update(f"{array.dtype.str} {array.shape};".encode())
        self.arrays.update(np.ascontiguousarray(array).tobytes())

    def _say(self, *words: str) -> None:
        for word in words:
            content = re.sub(r"0x[0-9a-f]+", "", word).encode()
            self.rest.update(len(content).to_bytes(8, "little") + content)


def _kind(thing: Any) -> str:
    return type(thing).__qualname__  # not its module, which is __main__ on some days


def _slots(kind: type) -> list[str]:
    found = []
    for base in kind.__mro__:
        names = base.__dict__.get("__slots__", ())
        found += [names] if isinstance(names, str) else list(names)
    return [name for name in found if not name.startswith("__")]


def changes(before: Identity, now: Identity) -> str:
    """What differs, in words: "the data, the grid (x from -1 to 1 in 51 points before)", or "".

    Args:
        before: the identity in a file.
        now: that of what is to be computed.
    """
    found: list[str] = []
    for name in dict.fromkeys([*now, *before]):
        old, new = before.get(name), now.get(name)
        if name == "centre":
            if not found and not _same_values(old, new):  # else it is no wonder
                found.append(f"the value at the centre ({_first(new)}, before {_first(old)})")
        elif old != new:
            readable = isinstance(old, (str, int)) and isinstance(new, (str, int))
            hashed = readable and all(re.fullmatch(r"[0-9a-f:]{24,}", str(v)) for v in (old, new))
            found.append(f"the {name}" + (f" ({new}, before {old})" if readable and not hashed else ""))
    return listing(found)


def _same_values(before: Any, now: Any) -> bool:
    if not isinstance(before, Mapping) or not isinstance(now, Mapping) or before.keys() != now.keys():
        return False

    def same(a: Any, b: Any) -> bool:
        if a is None or b is None:
            return a is b
        return bool(abs(a - b) <= SAME_VALUE * max(abs(a), abs(b), 1e-30))

    return same(before.get("loss"), now.get("loss"))


def _first(values: Any) -> str:
    value = values.get("loss") if isinstance(values, Mapping) else values
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.6g}"


def axis_words(values: Iterable[float]) -> str:
    """An axis in words that tell it from any other."""
    array = np.fromiter(values, np.float64)
    return f"{array[0]:.17g} to {array[-1]:.17g} in {array.size} points, {checksum(array)[:8]}"
