"""The options of a loss function, whether it is a module, a function or a ``functools.partial`` of one."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

__all__ = ["option", "rewrapped", "unreduced", "unwrapped"]


def unwrapped(function: Any) -> tuple[Any, dict[str, Any]]:
    """The function inside ``functools.partial`` objects, and the keywords they fix."""
    keywords: dict[str, Any] = {}
    while isinstance(function, functools.partial):
        keywords = {**function.keywords, **keywords}
        function = function.func
    return function, keywords


def rewrapped(function: Any, base: Any, keywords: dict[str, Any]) -> Any:
    """``function`` with another function inside its ``functools.partial`` objects."""
    arguments: tuple[Any, ...] = ()
    while isinstance(function, functools.partial):
        arguments = function.args + arguments
        function = function.func
    return functools.partial(base, *arguments, **keywords) if arguments or keywords else base


def option(function: Any, name: str, default: Any) -> Any:
    """The value that a loss function uses for one of its options."""
    base, keywords = unwrapped(function)
    if name in keywords:
        return keywords[name]
    if isinstance(base, nn.Module):
        return getattr(base, name, default)
    try:
        value = inspect.signature(base).parameters[name].default
    except (KeyError, TypeError, ValueError):
        return default
    return default if value is inspect.Parameter.empty else value


def unreduced(function: Any) -> Callable[..., Tensor] | None:
    """The same function with ``reduction="none"``, or None where it has no such option."""
    if isinstance(function, nn.Module):
        if not isinstance(getattr(function, "reduction", None), str):
            return None
        unreduced = copy.copy(function)
        unreduced.reduction = "none"  # type: ignore[assignment]
        return unreduced
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    return functools.partial(function, reduction="none") if "reduction" in known else None
