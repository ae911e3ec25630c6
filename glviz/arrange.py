"""From opened files to what is drawn: one view a surface, one plot for all curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compute.surface import Curve
from glviz.documents import Document, drawable
from glviz.scene.curves import CurvePlot, build_plot
from glviz.scene.fields import field_names
from glviz.scene.panes import Drawn
from glviz.scene.view import View, build_view
from glviz.settings import Settings

__all__ = ["Arranger"]


class Arranger:
    """Builds views, each from what its predecessor has in common with it."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._plot: tuple[tuple[object, ...], CurvePlot] | None = None

    def arrange(self, documents: Sequence[Document], settings: Settings) -> tuple[Drawn, ...]:
        """What to draw of ``documents``, in their order; curves stand where the first of them does.

        Args:
            documents: at least one.
            settings: how they shall look.

        Raises:
            CannotDrawError: a file holds nothing to draw.
        """
        views: list[Drawn] = []
        curves = [document for document in documents if isinstance(document.data, Curve)]
        for index, document in enumerate(documents):
            if not isinstance(document.data, Curve):
                views.append(self._surface(str(index), document, settings))
            elif document is curves[0]:
                views.append(self._curves(curves, settings))
        return tuple(views)

    def _surface(self, slot: str, document: Document, settings: Settings) -> View:
        data = drawable(document)
        assert not isinstance(data, Curve)
        view = build_view(
            data, possible(settings, [document]), extra_paths=document.paths, title=document.title,
            previous=self._views.get(slot),
        )  # fmt: skip
        self._views[slot] = view
        return view

    def _curves(self, documents: Sequence[Document], settings: Settings) -> CurvePlot:
        settings = possible(settings, documents)
        curves = [data for d in documents if isinstance(data := drawable(d), Curve)]
        key = (*curves, settings)
        if self._plot is None or not _same(self._plot[0], key):
            self._plot = (key, build_plot(curves, [d.title for d in documents], settings))
        return self._plot[1]


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a[:-1], b[:-1], strict=True)) and a[-1] == b[-1]


def possible(settings: Settings, documents: Sequence[Document]) -> Settings:
    """The settings without fields that only another of the files has."""
    has = {name for document in documents for name in field_names(document.data)} | {"", "loss"}
    if settings.field in has and settings.color_by in has:
        return settings
    return replace(
        settings,
        field=settings.field if settings.field in has else "",
        color_by=settings.color_by if settings.color_by in has else "",
    )
