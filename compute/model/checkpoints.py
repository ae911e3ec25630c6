"""Trained parameters from files by anyone, read without running the code they may hold.

A PyTorch checkpoint is a pickle, and a pickle can run any program. Everything here goes
through ``torch.load(..., weights_only=True)``, which builds tensors and plain containers
and nothing else; a file that needs more is refused, whatever it promises.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import re
import stat
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import torch
from torch import Tensor, nn

from compute.errors import InputError, listing
from compute.files.archives import unpacked
from compute.files.atomic import replacing

__all__ = [
    "CheckpointInfo",
    "WRAPPERS",
    "load_checkpoint",
    "map_state_dict",
    "read_state_dict",
    "save_checkpoint",
    "without_wrapper",
]

WRAPPING_KEYS = ("state_dict", "model_state_dict", "model", "net")
# What DataParallel, DistributedDataParallel and torch.compile put in front of every name.
WRAPPERS = ("module.", "_orig_mod.")
WRAPPER_PREFIX = re.compile(f"^(?:{'|'.join(map(re.escape, WRAPPERS))})+")


@dataclass(frozen=True)
class CheckpointInfo:
    """Where a set of parameters came from.

    Attributes:
        file: the file's name, without its folder.
        sha256: of the whole file, in hexadecimal.
        extras: numbers and texts that lay beside the parameters, such as epoch and accuracy.
    """

    file: str
    sha256: str
    extras: Mapping[str, Any] = field(default_factory=dict)

    def as_meta(self) -> dict[str, Any]:
        """File name and checksum, for a surface's metadata."""
        return {"file": self.file, "sha256": self.sha256}


def load_checkpoint(model: nn.Module, path: str | os.PathLike[str]) -> CheckpointInfo:
    """Put a checkpoint's parameters and buffers into ``model``.

    The file holds a state dict, or a dict with one under ``state_dict``, ``model_state_dict``,
    ``model`` or ``net``. The prefixes that wrappers leave (``module.``, ``_orig_mod.``) are
    taken off where the model's own names do not have them. The model changes only if all fits.

    Args:
        model: receives the parameters, on its own device and in its own dtype.
        path: the checkpoint; zip and older zip-less formats are both read.

    Raises:
        InputError: the file cannot be read without running code, or does not fit the model;
            the message names what is missing, unexpected or of another shape.
    """
    state, info = read_state_dict(path)
    wanted = model.state_dict()
    state = without_wrapper(state, wanted)
    missing = [name for name in wanted if name not in state and not name.endswith("num_batches_tracked")]
    unexpected = [name for name in state if name not in wanted]
    reshaped = [
        f"{name} {tuple(state[name].shape)} for {tuple(wanted[name].shape)}"
        for name in wanted
        if name in state and state[name].shape != wanted[name].shape
    ]
    complex_ = [n for n in wanted if n in state and state[n].is_complex() and not wanted[n].is_complex()]
    if missing or unexpected or reshaped or complex_:
        parts = {
            "missing": missing,
            "unexpected": unexpected,
            "of another shape": reshaped,
            "complex for real": complex_,
        }
        found = "; ".join(
            f"{len(names)} {what} ({listing(names, 4)})" for what, names in parts.items() if names
        )
        raise InputError(
            f"loading the checkpoint {info.file} into {type(model).__name__}",
            f"of the model's {len(wanted)} tensors: {found}",
            "Choose the model that this checkpoint was made from.",
        )
    with torch.no_grad():
        for name, tensor in wanted.items():
            if name in state:
                tensor.copy_(state[name])
    return info


def without_wrapper(state: Mapping[str, Tensor], wanted: Iterable[str]) -> dict[str, Tensor]:
    """A state dict under the model's own names, without (or with) the prefixes that wrappers leave.

    Args:
        state: from wherever.
        wanted: the model's names.
    """
    wanted = set(wanted)
    if any(name in wanted for name in state):
        return dict(state)
    state = {WRAPPER_PREFIX.sub("", name): tensor for name, tensor in state.items()}
    if not any(name in wanted for name in state):  # the model may be the wrapped one
        bare = {WRAPPER_PREFIX.sub("", name): name for name in wanted}
        state = {bare.get(name, name): tensor for name, tensor in state.items()}
    return state


def read_state_dict(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], CheckpointInfo]:
    """The named tensors of a checkpoint on the CPU, and where they came from.

    Args:
        path: the checkpoint.

    Raises:
        InputError: it cannot be read without running code, or holds no state dict.
    """
    path = Path(path)
    doing = f"loading the checkpoint {path.name}"
    try:
        if stat.S_ISCHR(path.stat().st_mode):  # /dev/zero has no end
            raise InputError(doing, "it is a device", "Name a file on a disk.")
        data = path.read_bytes()  # once: what is hashed is what is loaded
    except OSError as error:
        raise InputError(doing, f"{path}: {error.strerror or error}", "Check the path.") from error
    content = _load_weights_only(data, doing)
    state = content
    if isinstance(content, Mapping):
        inner = (content[key] for key in WRAPPING_KEYS if isinstance(content.get(key), Mapping))
        state = next(inner, content)
    if isinstance(state, Mapping):
        tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    if not isinstance(state, Mapping) or not tensors or len(tensors) < len(state) and state is not content:
        keys = f"a dict of {listing(map(str, content)) or 'nothing'}" if isinstance(content, Mapping) else ""
        raise InputError(
            doing,
            f"it holds {keys or type(content).__name__}, not a state dict of named tensors",
            "Save one with torch.save(model.state_dict(), path), or under the key 'state_dict'.",
        )
    for name, tensor in tensors.items():
        if not _is_plain(tensor):
            raise InputError(
                doing,
                f"{name} is sparse, quantised or without values (on the meta device)",
                "Save ordinary tensors: tensor.to_dense(), tensor.dequantize().",
            )
    extras = {}
    if isinstance(content, Mapping):
        extras = {str(k): v for k, v in content.items() if isinstance(v, str | int | float | bool)}
        if isinstance(content.get("meta"), Mapping):
            extras.update({str(k): v for k, v in content["meta"].items()})
    return tensors, CheckpointInfo(path.name, hashlib.sha256(data).hexdigest(), extras)


def map_state_dict(path: str | os.PathLike[str]) -> Mapping[str, Tensor] | None:
    """The state dict of a file without loading its numbers, or None where that cannot be done.

    Args:
        path: the checkpoint.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, ValueError, OSError, pickle.UnpicklingError):
        return None  # the reader for any format says what is wrong with it, if anything is
    if isinstance(content, Mapping):
        inner = (content[key] for key in WRAPPING_KEYS if isinstance(content.get(key), Mapping))
        content = next(inner, content)
        if content and all(isinstance(value, Tensor) and _is_plain(value) for value in content.values()):
            return content
    return None


def _is_plain(tensor: Tensor) -> bool:
    """Whether its numbers lie in memory, one by one."""
    return tensor.layout == torch.strided and not (tensor.is_meta or tensor.is_quantized)


def _load_weights_only(data: bytes, doing: str) -> Any:
    # torch itself stores its members as they are, but unpacks whatever another program packed.
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
        if found := unpacked(archive, len(data)):
            todo = "Save it again: torch.save(model.state_dict(), path)."
            raise InputError(doing, found, todo)
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # torch's own message advises weights_only=False, which is the one thing not to do.
        if re.search(r"Unsupported operand \d", str(error)):  # also of any file that is no pickle at all
            todo = "Check that it is a PyTorch checkpoint, saved with torch.save(model.state_dict(), path)."
            raise InputError(doing, "it is no plain set of tensors that torch.save wrote", todo) from error
        asked = re.search(r"(?:GLOBAL|Unsupported (?:global|class)\S*:?)(?: GLOBAL)? (\S+)", str(error))
        found = (
            f"it asks for {asked[1].strip('.`')}, which is no tensor"
            if asked
            else "it is no plain set of tensors"
        )
        raise InputError(
            doing,
            f"{found}; such a file can run code when it is loaded",
            "Load it where you trust it and save the tensors alone: torch.save(model.state_dict(), path).",
        ) from error
    except Exception as error:  # a damaged file makes torch raise nearly anything
        first = str(error).strip().partition("\n")[0][:200]
        raise InputError(
            doing,
            f"torch cannot read it ({type(error).__name__}: {first})",
            "Check that it is a PyTorch checkpoint and complete.",
        ) from error


def save_checkpoint(model: nn.Module, path: str | os.PathLike[str], /, **meta: Any) -> None:
    """Write the model's state dict, with a few plain facts, so that a crash leaves no half file.

    Args:
        model: its parameters and buffers are written as CPU tensors.
        path: the file, replaced in one step.
        **meta: numbers and texts kept beside the state dict.

    Raises:
        OSError: the file cannot be written.
    """
    state = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
    with replacing(path) as stream:
        watched = _Watched(stream)
        try:
            torch.save({"state_dict": state, "meta": meta}, cast(IO[bytes], watched))
        except RuntimeError as error:  # torch's own, of positions, where the disk is full
            raise (watched.error or error) from error


class _Watched:
    """A file to write to that keeps the reason why it could not be, which torch.save loses."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return self._stream.write(data)
        except OSError as error:
            self.error = self.error or error
            raise

    def flush(self) -> None:
        self._stream.flush()
