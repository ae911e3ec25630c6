"""The loss over a fixed set of samples, with its standard error and the accuracy, from one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from itertools import islice
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from compute.errors import ArgumentError, listing
from compute.metrics.protocol import BoundMetric
from compute.model import inputs as samples
from compute.model.inputs import Inputs
from compute.reduction import LossFunction, SampleLosses

__all__ = ["BoundLoss", "Loss"]

# Samples a batch where none is asked for: what stays in a CPU's cache, what fills a GPU. Vectors
# make small batches cost more in calls than they save in cache; their batch is a count of numbers.
CPU_SAMPLES, CPU_NUMBERS, CPU_MOST = 64, 2**18, 4096
GPU_SAMPLES, GPU_MOST = 1024, 16384


Output = str | int | Callable[[Any], Any] | None
"""Which part of a model's outputs the loss is of."""


class Loss:
    """The loss over fixed samples, with its standard error, and the accuracy where there are classes.

    Args:
        loss_fn: "cross_entropy", "mse", another name in ``compute.reduction.LOSSES``, any torch
            loss function or module (``weight``, ``ignore_index``, ``label_smoothing`` and
            ``reduction`` are honoured: the value is torch's own over the whole set), or a function
            (outputs, targets) that returns (n,) losses. One that returns a single number is
            applied to the outputs of all samples at once, and has no standard error.
            "next_token" is a language model's own: the mean over all tokens that are to be
            predicted, with the standard error over sequences.
        inputs: (n, ...) tensor or array, in the model's terms; floating inputs are cast to the
            model's dtype. A tuple of such is given to the model in order, ``model(*inputs)``, a
            mapping by name, ``model(**inputs)``.
        targets: (n, ...) tensor or array; integers become int64, floats the model's dtype.
        output: which part of what the model returns the loss is of: a name ("logits"), a
            position, or a function that takes it out; None takes all of it.
        batch_size: samples a pass; None chooses. It does not change the value.

    Raises:
        ArgumentError: no samples, unequal counts, or a loss that is not known.
    """

    def __init__(
        self,
        loss_fn: str | Callable[..., Any],
        inputs: Tensor | np.ndarray | tuple[Any, ...] | Mapping[str, Any],
        targets: Tensor | np.ndarray,
        *,
        output: Output = None,
        batch_size: int | None = None,
    ) -> None:
        self.function = LossFunction(loss_fn)
        self.inputs, self.targets = samples.as_inputs(inputs), samples.as_tensor("targets", targets)
        self.output = output
        doing = "preparing the samples of the loss"
        self.count = samples.count(self.inputs)
        if self.count != len(self.targets):
            raise ArgumentError(
                doing,
                f"there are {self.count} inputs and {len(self.targets)} targets",
                "Give one target for each input.",
            )
        if not self.count:
            raise ArgumentError(doing, "there are none", "Give at least one sample.")
        if batch_size is not None and not (isinstance(batch_size, Integral) and batch_size > 0):
            raise ArgumentError(doing, f"batch_size is {batch_size!r}", "Give a positive number, or None.")
        self.batch_size = batch_size

    @classmethod
    def from_dataset(
        cls,
        loss_fn: str | Callable[..., Any],
        data: Iterable[Any],
        *,
        limit: int | None = None,
        target: str = "labels",
        output: Output = None,
        batch_size: int | None = None,
    ) -> Loss:
        """Read a data set or a DataLoader once, into tensors.

        Every point then sees the same samples in the same order, even from a loader that
        shuffles or augments: what it gave on this one pass.

        Args:
            loss_fn: as for :class:`Loss`.
            data: a ``torch.utils.data`` data set or loader of (input, target), where the input may
                be several tensors, or of mappings, such as those of Hugging Face's ``datasets``.
            limit: read this many samples at most.
            target: the name of the target in a mapping; the rest of it is the input.
            output: as for :class:`Loss`.
            batch_size: samples a pass of the evaluation, not of the loader.

        Raises:
            ArgumentError: an item that is no (input, target) pair, or no samples.
        """
        loader = isinstance(data, torch.utils.data.DataLoader)
        if isinstance(data, torch.utils.data.TensorDataset) and len(data.tensors) == 2:
            whole = tuple(tensor[:limit] for tensor in data.tensors)
            return cls(loss_fn, *whole, output=output, batch_size=batch_size)
        pairs: list[tuple[Inputs, Tensor]] = []
        count = 0
        for item in data if loader else _items(data):
            if limit is not None and count >= limit:
                break
            pairs.append(_pair(item, target, single=not loader))
            count += len(pairs[-1][1])
        if not pairs:
            raise ArgumentError("reading the data set", "it is empty", "Give at least one sample.")
        batches, labels = zip(*pairs, strict=True)
        try:
            inputs: Inputs = samples.joined(batches)
            targets = torch.cat(labels)
        except RuntimeError as error:
            raise ArgumentError(
                "reading the data set",
                f"its samples differ in shape ({error})",
                "Give a DataLoader that pads them to one shape.",
            ) from error
        inputs, targets = samples.part(inputs, 0, limit or count), targets[:limit]
        return cls(loss_fn, inputs, targets, output=output, batch_size=batch_size)

    has_samples = True

    def describe(self) -> dict[str, Any]:
        """The loss function's name and the number of samples."""
        return {"metric": self.function.name, "samples": self.count}

    def outputs(self, model: nn.Module, inputs: Inputs) -> Any:
        """What the model gives for some samples, or the part of it that the loss is of."""
        return _selected(samples.call(model, inputs), self.output)

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Move the samples to the model, cut them into batches and look at the first one's loss.

        Args:
            model: in evaluation mode.
            channels_last: keep (n, c, h, w) inputs in the order that CPU convolutions like.
        """
        return BoundLoss(self, model, channels_last)


class BoundLoss:
    """Batches, and buffers of one number a sample that each evaluation overwrites.

    Attributes:
        loss: what was bound.
        batches: (start, stop, inputs, targets) each.
        losses: how the function gives one loss a sample.
        sums: (n,) those losses at the last point, float64.
        weights: (n,) of the samples, float64; None where all are 1.
        hits: (n,) which samples were classified rightly; None where there are no classes.
        labelled: how many samples have a class to be told.
        notes: what a reader of the result should be told.
    """

    def __init__(self, loss: Loss, model: nn.Module, channels_last: bool) -> None:
        like = next((p for p in model.parameters() if p.is_floating_point()), None)
        device = like.device if like is not None else torch.device("cpu")
        dtype = like.dtype if like is not None else torch.get_default_dtype()
        inputs = samples.of_dtype(loss.inputs, device, dtype)
        self._targets = _typed(loss.targets, dtype).to(device)
        count = loss.count
        size = loss.batch_size or _batch_size(model, inputs)
        self.batches = []
        for start in range(0, count, size):
            stop = min(start + size, count)
            part = samples.part(inputs, start, stop)
            if channels_last:
                part = samples.each_tensor(part, _channels_last)
            self.batches.append((start, stop, part, self._targets[start:stop]))
        self.loss, self._model = loss, model
        self._outputs, self._name = loss.outputs, loss.function.name

        *_, part, targets = self.batches[0]
        with torch.no_grad():
            outputs = loss.outputs(model, part)
            if isinstance(outputs, Tensor) and (not outputs.ndim or len(outputs) != len(targets)):
                raise ArgumentError(
                    "evaluating the model",
                    f"it gave outputs of shape {tuple(outputs.shape)} for {len(targets)} samples",
                    "Use a model whose outputs have one row a sample.",
                )
            self.losses: SampleLosses = loss.function.resolve(outputs, targets)
        self._whole = loss.function.whole(device)
        exact = torch.device("cpu") if device.type == "mps" else device  # which has no float64
        self.sums = torch.zeros(count, dtype=torch.float64, device=exact)
        weights = self.losses.weights
        self.weights = weights(self._targets).to(exact) if weights else None
        self.hits: Tensor | None = None
        self.labelled = torch.ones((), device=exact)
        if _are_classes(outputs, self._targets):
            ignored = loss.function.ignored
            labelled = self._targets != ignored if ignored is not None else torch.ones_like(self._targets)
            if bool(_in_range(self._targets, outputs.shape[1], labelled.bool()).all()):
                self.hits = torch.zeros(count, dtype=torch.bool, device=exact)
                self.labelled = labelled.sum().to(exact)
        self.notes: tuple[str, ...] = ()
        if self.losses.each is None:
            self.notes = (
                f"{self._name} gives one number for all samples: it was applied to all outputs at "
                "once, and there is no standard error.",
            )

    @property
    def input_batches(self) -> list[Inputs]:
        """The samples as the model gets them, from which statistics can be measured."""
        return [inputs for _, _, inputs, _ in self.batches]

    def __call__(self) -> dict[str, float]:
        """The loss at the model's present parameters, its standard error, and the accuracy."""
        each, kept = self.losses.each, []
        for start, stop, inputs, targets in self.batches:
            outputs = self._outputs(self._model, inputs)
            if each is None:
                kept.append(outputs)
            else:
                self.sums[start:stop] = each(outputs, targets)
            if self.hits is not None:
                highest, predicted = outputs.max(1)
                self.hits[start:stop] = (predicted == targets) & (highest == highest)  # NaN is no answer
        values: dict[str, Any] = {}
        if each is None:
            whole = self._whole(kept[0] if len(kept) == 1 else _joined(kept), self._targets)
            values["loss"] = torch.as_tensor(whole, dtype=torch.float64, device=self.sums.device).reshape(())
        else:
            values["loss"], values["loss_stderr"] = self.losses.combine(self.sums, self.weights)
        if self.hits is not None:
            values["accuracy"] = self.hits.sum(dtype=torch.float64) / self.labelled
        numbers = torch.stack([value.to(torch.float64) for value in values.values()]).tolist()  # one sync
        return dict(zip(values, numbers, strict=True))


def _selected(outputs: Any, output: Output) -> Any:
    """The part of a model's outputs that ``output`` names."""
    if output is None:
        return outputs
    if callable(output):
        return output(outputs)
    try:
        if isinstance(output, str) and not isinstance(outputs, Mapping):
            return getattr(outputs, output)
        return outputs[output]
    except (KeyError, IndexError, AttributeError, TypeError) as error:
        names = f" of {listing(map(str, outputs))}" if isinstance(outputs, Mapping) else ""
        raise ArgumentError(
            "taking the output of the model",
            f"it gave a {type(outputs).__name__}{names}, which has no {output!r}",
            "Name another part as output, or leave it out where the model returns one tensor.",
        ) from error


def _pair(item: Any, target: str, *, single: bool) -> tuple[Inputs, Tensor]:
    """Inputs and targets of an item of a data set, or of a loader's batch, with their sample axis."""
    doing = "reading the data set"
    if isinstance(item, Mapping):
        if target not in item or len(item) < 2:
            raise ArgumentError(
                doing,
                f"an item has {listing(map(str, item)) or 'nothing'}, and the target is to be {target!r}",
                "Name the target: target='...'; the rest of the item is the input.",
            )
        item = ({name: value for name, value in item.items() if name != target}, item[target])
    if not isinstance(item, (tuple, list)) or len(item) != 2:
        raise ArgumentError(
            doing,
            f"an item is a {type(item).__name__}" + (f" of {len(item)}" if isinstance(item, Sized) else ""),
            "Give a data set whose items are (input, target) pairs, or mappings.",
        )

    def tensor(values: Any) -> Tensor:
        return torch.as_tensor(values)[None] if single else torch.as_tensor(values)

    inputs, targets = item
    if isinstance(inputs, Mapping):
        return {str(name): tensor(value) for name, value in inputs.items()}, tensor(targets)
    if isinstance(inputs, (tuple, list)) and all(isinstance(part, (Tensor, np.ndarray)) for part in inputs):
        return tuple(tensor(part) for part in inputs), tensor(targets)
    return tensor(inputs), tensor(targets)


def _channels_last(tensor: Tensor) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _typed(targets: Tensor, dtype: torch.dtype) -> Tensor:
    """Integers as int64, which class losses ask for; floats in the model's dtype."""
    if targets.is_floating_point():
        return targets.to(dtype)
    return targets if targets.dtype in (torch.bool, torch.int64) else targets.to(torch.int64)


def _items(data: Iterable[Any]) -> Iterable[Any]:
    """The items of a data set, by index where it has a length (it may not be iterable)."""
    if isinstance(data, Sized) and hasattr(data, "__getitem__"):
        return (data[index] for index in range(len(data)))
    return islice(data, None)


def _batch_size(model: nn.Module, inputs: Inputs) -> int:
    vectors = isinstance(inputs, Tensor) and inputs.is_floating_point() and inputs.ndim <= 2
    light = vectors and not any(isinstance(module, _ConvNd) for module in model.modules())
    one = samples.part(inputs, 0, 1)
    if samples.device(inputs).type != "cpu":
        return GPU_MOST if light else GPU_SAMPLES
    if not light or not isinstance(one, Tensor):
        return CPU_SAMPLES
    return min(CPU_MOST, max(CPU_SAMPLES, CPU_NUMBERS // max(1, one.numel())))


def _are_classes(outputs: Any, targets: Tensor) -> bool:
    """Whether outputs are (n, classes) scores and targets (n,) class numbers."""
    return (
        isinstance(outputs, Tensor)
        and outputs.is_floating_point()
        and outputs.ndim == 2
        and outputs.shape[1] > 1
        and targets.ndim == 1
        and targets.dtype == torch.int64
    )


def _in_range(targets: Tensor, classes: int, labelled: Tensor) -> Tensor:
    return ~labelled | ((targets >= 0) & (targets < classes))


def _joined(parts: list[Any]) -> Any:
    """Outputs of several batches as those of one; tuples and mappings part by part."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(parts)
    if isinstance(first, Mapping):
        return {key: _joined([part[key] for part in parts]) for key in first}
    if isinstance(first, (tuple, list)):
        return type(first)(_joined(list(column)) for column in zip(*parts, strict=True))
    raise ArgumentError(
        "joining the outputs of several batches",
        f"they are of type {type(first).__name__}",
        "Return one loss a sample, shape (n,), or give batch_size at least the number of samples.",
    )
