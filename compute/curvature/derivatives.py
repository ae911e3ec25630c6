"""Gradient and Hessian of the loss over all samples, as functions of one flat vector.

The loss over samples is a sum of terms, one a batch,

    L = (1 / V) * sum over batches of sum over samples of A_i,

with V the number of samples (or the weights that the loss function gives them, see
``compute.reduction``), so the derivatives are sums of the batches' derivatives with the *same*
V: batches of any size, the last smaller one too, give the derivatives of the mean loss, not of a
sum over batches.

A product H v takes two backward passes and never forms H (Pearlmutter, "Fast exact multiplication
by the Hessian", Neural Computation 1994): the gradient g is differentiated once more, against v.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from compute.directions.rules import IGNORES
from compute.errors import ArgumentError, EvaluationError, GuidedError, UsageError, nearest
from compute.metrics import AnyMetric, CallableMetric, Loss, Regularised, Several, as_metric
from compute.model import inputs as samples
from compute.model.parameters import parameter_slots

__all__ = ["DerivativeError", "LossDerivatives"]

# Samples a batch where none is asked for: the graph of a batch is in memory while it is differentiated.
SAMPLES, NUMBERS, MOST = 64, 2**18, 4096
# Terms whose graphs are kept from one product to the next: then there is nothing but them in memory.
GRAPHS_KEPT = 2
# The names of what stands in autograd's graph for a derivative that does not exist.
DEAD_ENDS = tuple(f"torch::autograd::{name}" for name in ("DelayedError", "Error", "NotImplemented"))

Term = Callable[[nn.Module], Tensor]


class DerivativeError(UsageError, RuntimeError):
    """The loss cannot be differentiated as often as was asked for."""


class LossDerivatives:
    """Derivatives of a loss at a model's parameters, over a flat float64 vector of the chosen ones.

    They are taken at the values that the parameters have when :meth:`refresh` is called (and when
    the object is made). The model is only read, and must be in evaluation mode; tied parameters
    count once.

    Args:
        model: its parameters in the order of ``named_parameters()`` are the vector.
        metric: a ``compute.Loss``, or a function of the model that returns a scalar tensor (or a
            mapping with one under "loss") with its graph.
        ignore: "biasbn" leaves tensors of at most one axis out; None or "none" takes all.
        dtype: to compute in, ``torch.float64`` for instance; None takes the model's own, but
            float32 for a model in half precision. Sums over batches are float64 in any case.

    Attributes:
        size: P, the length of the vector.
        device: of the parameters.
        exact_device: of the float64 vectors; the same wherever it has float64.

    Raises:
        ArgumentError: nothing to differentiate by, or a metric that is no loss.
        EvaluationError: the model or the loss fails on the first batch.
        GuidedError: the loss's own, as it is.
    """

    def __init__(
        self,
        model: nn.Module,
        metric: AnyMetric,
        *,
        ignore: str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        ignore = "none" if ignore is None else ignore
        if ignore not in IGNORES:
            raise ArgumentError(
                "choosing what to differentiate by",
                f"ignore is {ignore!r}",
                f"{nearest(str(ignore), IGNORES)}Choose one of: {', '.join(IGNORES)}.",
            )
        self._slots = parameter_slots(model)
        floating = [slot for slot in self._slots if slot.tensor.is_floating_point()]
        self._chosen = [s for s in floating if ignore == "none" or s.filter_axis is not None]
        if not self._chosen:
            raise ArgumentError(
                "choosing what to differentiate by",
                "every parameter is of at most one axis, and those are ignored",
                "Use ignore=None.",
            )
        own = {slot.tensor.dtype for slot in floating}
        self._dtype = dtype or (torch.float32 if own & {torch.float16, torch.bfloat16} else None)
        self._names: dict[int, list[str]] = {}  # all names of each parameter object
        for name, parameter in model.named_parameters(remove_duplicate=False):
            self._names.setdefault(id(parameter), []).append(f"model.{name}")
        self._model, self._ignore = model, ignore
        self.size = sum(slot.shape.numel() for slot in self._chosen)
        self.device = self._chosen[0].tensor.device
        self.exact_device = torch.device("cpu") if self.device.type == "mps" else self.device
        self._terms: list[Term] = []
        self._looked = False
        self._graphs: dict[int, tuple[Tensor, ...]] = {}  # gradients by term, where terms are few
        self.refresh()
        try:
            self._terms = _terms(metric, self._call, model, self.device, self._leaves[0].dtype)
        except GuidedError:
            raise
        except Exception as error:
            raise EvaluationError(
                "evaluating the model on the first batch, to differentiate its loss",
                f"{type(error).__name__}: {error}",
                "Check that the model takes these inputs and the loss these outputs and targets.",
            ) from error

    def refresh(self) -> None:
        """Take the derivatives at the parameters' present values from now on."""
        self._graphs.clear()
        self._leaves = [self._cast(slot.tensor).clone().requires_grad_(True) for slot in self._chosen]
        values: dict[str, Tensor] = {}
        moving = {slot.name: leaf for slot, leaf in zip(self._chosen, self._leaves, strict=True)}
        for slot in self._slots:
            value = moving.get(slot.name)
            for parameter in slot.parameters:
                for name in self._names[id(parameter)]:
                    values[name] = self._cast(slot.tensor) if value is None else value
        if self._dtype is not None:
            for name, buffer in self._model.named_buffers(remove_duplicate=False):
                values[f"model.{name}"] = self._cast(buffer)
        self._values = values

    def value(self) -> float:
        """The loss itself, at the same parameters and in the same precision."""
        with torch.no_grad():
            return sum(float(self._call(term)) for term in self._terms)

    def gradient(self) -> Tensor:
        """(P,) float64, the gradient of the loss.

        Raises:
            DerivativeError: the loss cannot be differentiated.
        """
        total = torch.zeros(self.size, dtype=torch.float64, device=self.exact_device)
        with _second_order_kernels(self._model), torch.enable_grad(), _explained("gradient"):
            for term in self._terms:
                total += self._flat(self._gradients(term, graph=False))
        return total

    def product(self, vector: Tensor) -> Tensor:
        """(P,) float64, the Hessian of the loss times ``vector``, a (P,) float64 tensor.

        Raises:
            DerivativeError: the loss cannot be differentiated twice.
        """
        parts = self._parts(vector)
        total = torch.zeros(self.size, dtype=torch.float64, device=self.exact_device)
        with _second_order_kernels(self._model), torch.enable_grad(), _explained("Hessian"):
            keep = len(self._terms) <= GRAPHS_KEPT
            for number, term in enumerate(self._terms):
                gradients = self._graphs.get(number)
                if gradients is None:
                    gradients = self._gradients(term, graph=True)
                    self._refuse_dead_ends(gradients)
                if keep:
                    self._graphs[number] = gradients
                # A gradient without a graph is constant, so that its row of the Hessian is 0.
                curved = [k for k, gradient in enumerate(gradients) if gradient.requires_grad]
                if not curved:
                    continue
                products = torch.autograd.grad(
                    [gradients[k] for k in curved],
                    self._leaves,
                    [parts[k] for k in curved],
                    retain_graph=keep,
                    materialize_grads=True,
                )
                total += self._flat(products)
        return total

    def to_tensors(self, vector: Tensor) -> dict[str, Tensor]:
        """A (P,) vector as tensors by parameter name, as the model holds them; 0 where ignored."""
        tensors = {slot.name: torch.zeros_like(slot.tensor) for slot in self._slots}
        start = 0
        for slot in self._chosen:
            piece = vector[start : start + slot.shape.numel()]
            tensors[slot.name].copy_(piece.view(slot.shape))
            start += slot.shape.numel()
        return tensors

    def _gradients(self, term: Term, *, graph: bool) -> tuple[Tensor, ...]:
        loss = self._call(term)
        return torch.autograd.grad(loss, self._leaves, create_graph=graph, materialize_grads=True)

    def _refuse_dead_ends(self, gradients: Sequence[Tensor]) -> None:
        """Make sure that the graph of the gradients has no function that can be differentiated only once.

        Autograd leaves such functions out without a word when it is asked for some derivatives only.

        Raises:
            DerivativeError: it has one.
        """
        if self._looked:
            return
        self._looked = True
        nodes: list[Any] = [gradient.grad_fn for gradient in gradients if gradient.grad_fn is not None]
        seen: set[Any] = set(nodes)
        while nodes:
            node = nodes.pop()
            if node.name() in DEAD_ENDS:
                raise DerivativeError(
                    "computing the Hessian of the loss",
                    "the model or the loss has a backward pass that is marked as once_differentiable",
                    "Use layers and a loss that torch can differentiate twice.",
                )
            for following, _ in node.next_functions:
                if following is not None and following not in seen:
                    seen.add(following)
                    nodes.append(following)

    def _call(self, function: Callable[[nn.Module], Any]) -> Any:
        """``function`` of the model with its parameters replaced by the vector's."""
        return torch.func.functional_call(_Reader(self._model), self._values, (function,))

    def _cast(self, tensor: Tensor) -> Tensor:
        tensor = tensor.detach()
        return tensor if self._dtype is None or not tensor.is_floating_point() else tensor.to(self._dtype)

    def _flat(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.cat([t.detach().reshape(-1).to(self.exact_device, torch.float64) for t in tensors])

    def _parts(self, vector: Tensor) -> list[Tensor]:
        parts, start = [], 0
        for leaf in self._leaves:
            piece = vector[start : start + leaf.numel()]
            parts.append(piece.to(leaf.device, leaf.dtype).view(leaf.shape))
            start += leaf.numel()
        return parts


class _Reader(nn.Module):
    """Lets any function of a model be called with other parameters in place of the model's."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.training = False
        self.model = model

    def forward(self, function: Callable[[nn.Module], Any]) -> Any:
        return function(self.model)


def _terms(
    metric: Any,
    call: Callable[[Callable[[nn.Module], Any]], Any],
    model: nn.Module,
    device: torch.device,
    dtype: torch.dtype,
) -> list[Term]:
    """Functions of the model whose sum is the loss, each with its graph."""
    metric = as_metric(getattr(metric, "differentiated", metric))
    if isinstance(metric, Several):  # of which the first is the height
        return _terms(next(iter(metric.metrics.values())), call, model, device, dtype)
    if isinstance(metric, Regularised):
        return [*_terms(metric.metric, call, model, device, dtype), _penalty(metric, model)]
    if isinstance(metric, Loss):
        return _batches(metric, call, device, dtype)
    if not isinstance(metric, CallableMetric):
        raise ArgumentError(
            "differentiating the loss",
            f"a {type(metric).__name__} has no derivatives",
            "Give a compute.Loss, or a function of the model that returns a scalar tensor.",
        )
    function = metric.function

    def term(model: nn.Module) -> Tensor:
        value = function(model)
        value = value.get("loss") if isinstance(value, Mapping) else value
        if not isinstance(value, Tensor) or value.numel() != 1:
            found = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
            raise ArgumentError(
                "differentiating the loss",
                f"the function returned {found}, which has no derivatives",
                "Return the loss as a scalar tensor: no .item(), no .detach(), no torch.no_grad() inside.",
            )
        return value.reshape(())

    with torch.no_grad():
        call(term)  # what is wrong with it shows here
    return [term]


def _batches(
    loss: Loss, call: Callable[[Callable[[nn.Module], Any]], Any], device: torch.device, dtype: torch.dtype
) -> list[Term]:
    """The terms of a loss over samples, with the samples in place."""
    inputs = samples.of_dtype(loss.inputs, device, dtype)
    targets = loss.targets.to(device)
    if targets.is_floating_point():
        targets = targets.to(dtype)
    elif targets.dtype != torch.bool:
        targets = targets.to(torch.int64)
    function = loss.function.to(dtype)
    count = loss.count
    size = loss.batch_size or min(MOST, max(SAMPLES, NUMBERS // max(1, samples.numbers(inputs) // count)))
    first = samples.part(inputs, 0, min(size, count))
    with torch.no_grad():
        outputs = call(lambda model: loss.outputs(model, first))
        losses = function.resolve(outputs, targets[: min(size, count)])
    each = losses.each
    if each is None:  # one number for all outputs at once
        whole = function.whole(device)
        return [lambda model: torch.as_tensor(whole(loss.outputs(model, inputs), targets)).reshape(())]
    weight = losses.weights(targets).sum() if losses.weights else float(count)
    scale = (count if losses.total else 1) / weight

    def term(start: int, stop: int) -> Term:
        x, y = samples.part(inputs, start, stop), targets[start:stop]
        return lambda model: scale * each(loss.outputs(model, x), y).sum(dtype=torch.float64)

    return [term(start, min(start + size, count)) for start in range(0, count, size)]


def _penalty(metric: Regularised, model: nn.Module) -> Term:
    """Half the weight decay times the squared norm of the parameters, each tensor once."""
    slots = [slot for slot in parameter_slots(model) if slot.tensor.is_floating_point()]
    values = [attrgetter(s.name) for s in slots if metric.ignore == "none" or s.filter_axis is not None]
    return lambda model: metric.weight_decay / 2 * sum(get(model).square().sum() for get in values)


@contextmanager
def _second_order_kernels(model: nn.Module) -> Iterator[None]:
    """Kernels that can be differentiated twice: plain attention, and on a GPU plain recurrent layers."""
    cudnn: Any = torch.backends.cudnn
    before = cudnn.enabled
    try:
        cudnn.enabled = before and not any(isinstance(module, nn.RNNBase) for module in model.modules())
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        cudnn.enabled = before


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn autograd's errors into ones that say what can be done."""
    try:
        yield
    except GuidedError:
        raise
    except RuntimeError as error:
        message = str(error).strip().partition("\n")[0]
        known = ("is not implemented", "once_differentiable", "does not require grad", "double backward")
        if not any(words in message for words in known):
            raise
        raise DerivativeError(
            f"computing the {what} of the loss",
            message[:300],
            "Use layers and a loss that torch can differentiate "
            + ("twice." if what == "Hessian" else "with respect to the parameters."),
        ) from error
