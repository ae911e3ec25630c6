"""One definition of an option: a dataclass field whose metadata feeds every front end.

The command line, the panel, the key sheet and the session file all read the same
:class:`Option`; none of them has a list of its own that could drift apart.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_KEY = "option"


@dataclass(frozen=True)
class Option:
    """What every front end needs to know of one field.

    Attributes:
        name: field name; the command-line flag is ``--`` + name with dashes.
        kind: bool, int, float, str, or float | None ("automatic").
        default: the field's default.
        help: one sentence, no full stop; shown as tooltip and in ``--help``.
        group: heading in the panel and in ``--help``.
        label: what the panel writes beside the widget.
        choices: the values that a str option takes; empty for free text. A callable is
            asked when needed (the colour-map catalogue is slow to list).
        accepts: asked about a text that is not among the choices (or where there are none):
            whether it may be; raises ValueError to say why not.
        hint: shown in an empty text field.
        low, high: inclusive range of a number, None where open.
        unit: "deg", "px", "%", ... shown beside the number.
        key: the key that toggles or cycles it in the window, "" for none.
        logarithmic: whether a slider should be.
    """

    name: str
    kind: type
    optional: bool
    default: Any
    help: str
    group: str
    label: str
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    accepts: Callable[[str], bool] | None = None
    hint: str = "automatic"
    low: float | None = None
    high: float | None = None
    unit: str = ""
    key: str = ""
    logarithmic: bool = False

    @property
    def flag(self) -> str:
        """The command-line flag, e.g. ``--height-scale``."""
        return "--" + self.name.replace("_", "-")

    def allowed(self) -> tuple[str, ...]:
        """The choices, with a callable asked."""
        return self.choices() if callable(self.choices) else self.choices

    def check(self, value: Any) -> Any:
        """``value`` converted to the option's kind and held against its range and choices.

        Raises:
            ValueError: says what was given, what is allowed, and the nearest name.
        """
        if value is None:
            if self.optional:
                return None
            raise ValueError(f"{self.flag}: needs a value")
        if self.kind is bool:
            if not isinstance(value, bool):
                raise ValueError(f"{self.flag}: expected true or false, got {value!r}")
            return value
        if self.kind is str:
            return self._check_text(value)
        return self._check_number(value)

    def _check_text(self, value: Any) -> str:
        from difflib import get_close_matches

        value = str(value)
        if value == self.default:
            return value
        allowed = self.allowed()
        if self.accepts is not None and value not in allowed:
            try:
                if self.accepts(value):
                    return value
            except ValueError as error:
                near = get_close_matches(value, allowed, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"{self.flag}: {error}{hint}") from None
        if allowed and value not in allowed:
            near = get_close_matches(value, allowed, 1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            if len(allowed) <= 20:
                hint = f"{hint} choose from {', '.join(allowed)}".strip()
            raise ValueError(f"{self.flag}: no {value!r}; {hint or 'see --help'}")
        return value

    def _check_number(self, value: Any) -> int | float:
        expected = "a whole number" if self.kind is int else "a number"
        try:
            number = self.kind(value)
            if self.kind is int and number != float(value):  # int() cuts off what is behind the point
                raise ValueError
        except (TypeError, ValueError):
            raise ValueError(f"{self.flag}: expected {expected}, got {value!r}") from None
        except OverflowError:
            raise ValueError(f"{self.flag}: expected a finite number, got {value!r}") from None
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(f"{self.flag}: expected a finite number, got {value!r}")
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            low = "-inf" if self.low is None else f"{self.low:g}"
            high = "inf" if self.high is None else f"{self.high:g}"
            raise ValueError(f"{self.flag}: {number:g} is outside {low} ... {high}")
        return number


def option(default: Any, help: str, *, group: str, label: str = "", **metadata: Any) -> Any:
    """A dataclass field with its :class:`Option` metadata."""
    extras = {"help": help, "group": group, "label": label, **metadata}
    return dataclasses.field(default=default, metadata={_KEY: extras})


def options(cls: type) -> Iterator[Option]:
    """The options of a settings dataclass, in the order of definition."""
    hints = typing.get_type_hints(cls)
    for item in dataclasses.fields(cls):
        if _KEY not in item.metadata:
            continue
        kinds = [k for k in (typing.get_args(hints[item.name]) or (hints[item.name],)) if k is not type(None)]
        extras = dict(item.metadata[_KEY])
        label = extras.pop("label") or item.name.replace("_", " ")
        yield Option(
            name=item.name,
            kind=kinds[0],
            optional=type(None) in typing.get_args(hints[item.name]),
            default=item.default,
            label=label,
            **extras,
        )
