"""From opened files to what is drawn: surfaces compared in one of four ways, curves in one plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compute.surface import Curve, HeightMesh, Surface, field_names
from glviz.documents import Document, drawable
from glviz.errors import UsageError
from glviz.scene.colormap import hex_name
from glviz.scene.curves import CurvePlot, build_plot
from glviz.scene.difference import NoCommonAreaError, difference, largest
from glviz.scene.memo import Memo
from glviz.scene.panes import Drawn
from glviz.scene.theme import file_color, theme_for
from glviz.scene.view import View, build_view, unseen_paths
from glviz.settings import Settings

__all__ = ["Arranger", "check_compare"]


class Arranger:
    """Builds views, each from what its predecessor has in common with it."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._made = Memo()

    def arrange(self, documents: Sequence[Document], settings: Settings, step: int = 0) -> tuple[Drawn, ...]:
        """What to draw of ``documents``, in their order; curves stand where the first of them does.

        Args:
            documents: at least one.
            settings: how they shall look, and how surfaces are compared.
            step: number of the file that is shown, where one is at a time.

        Raises:
            CannotDrawError: a file holds nothing to draw.
            UsageError: a difference was asked for of anything but two surfaces.
        """
        surfaces = [d for d in documents if not isinstance(drawable(d), Curve)]
        if len(documents) > 1:
            if settings.compare == "difference":
                return (self._difference(documents, settings),)
            if settings.compare == "overlay" and len(surfaces) == len(documents):
                return (self._overlay(surfaces, settings),)
        if settings.compare == "step" and len(documents) > 1:
            shown = documents[step % len(documents)]
            if isinstance(shown.data, Curve):
                return (self._curves([shown], settings),)
            return (self._surface(f"step {step % len(documents)}", shown, settings, surfaces),)
        views: list[Drawn] = []
        curves = [document for document in documents if isinstance(document.data, Curve)]
        for index, document in enumerate(documents):
            if not isinstance(document.data, Curve):
                views.append(self._surface(str(index), document, settings, surfaces))
            elif document is curves[0]:
                views.append(self._curves(curves, settings))
        return tuple(views)

    def _surface(
        self,
        slot: str,
        document: Document,
        settings: Settings,
        compared: Sequence[Document],
        *,
        one_box: bool = False,
    ) -> View:
        data = _surface_of(document)
        pool = [_surface_of(d) for d in compared] if settings.same_range or one_box else []
        view = build_view(
            data, possible(settings, [document]), extra_paths=document.paths, title=document.title,
            previous=self._views.get(slot), pool=pool if len(pool) > 1 else (), one_box=one_box,
        )  # fmt: skip
        self._views[slot] = view
        return view

    def _overlay(self, documents: Sequence[Document], settings: Settings) -> View:
        """All in one box and on one range, each in shades of a colour of its own."""
        theme = theme_for(settings.background)
        views = [
            self._surface(
                f"overlay {index}", document,
                replace(
                    settings, colormap=hex_name(file_color(index, theme)), color_by="", color_kind="values"
                ),
                documents, one_box=True,
            )
            for index, document in enumerate(documents)
        ]  # fmt: skip
        return replace(views[0], overlaid=tuple(views[1:]))

    def _difference(self, documents: Sequence[Document], settings: Settings) -> View:
        """The second minus the first, in colours that diverge at zero."""
        first, second = (documents[0].data, documents[1].data)
        if len(documents) != 2 or not isinstance(first, Surface) or not isinstance(second, Surface):
            kinds = {Surface: "a surface", Curve: "a curve", HeightMesh: "a mesh"}
            found = ", ".join(f"{d.title} ({kinds[type(d.data)]})" for d in documents)
            raise UsageError(f"--compare difference: needs two surfaces on grids, got {found}")
        settings = possible(settings, documents[:1])
        try:
            data = self._made.get(
                "difference", (first, second, settings.field),
                lambda: difference(first, second, settings.field),
            )  # fmt: skip
        except NoCommonAreaError as error:
            raise UsageError(f"--compare difference: {error}") from None
        reach = largest(data) or None
        if settings.clamp_low is None and settings.clamp_high is None and reach:
            settings = replace(settings, clamp_low=-reach, clamp_high=reach)
        if settings.color_center is None:
            settings = replace(settings, color_center=0.0)
        diverging = "vik" if settings.colormap == Settings().colormap else settings.colormap
        view = build_view(
            data, replace(settings, field="", color_by="", color_kind="values", colormap=diverging),
            title=f"{documents[1].title} − {documents[0].title}", previous=self._views.get("difference"),
        )  # fmt: skip
        given = max(len(document.paths) for document in documents)
        if given and settings.paths:
            said = f"Descent paths are not drawn on a difference: {given} left out."
            view = replace(view, notices=(*view.notices, said))
        self._views["difference"] = view
        return view

    def _curves(self, documents: Sequence[Document], settings: Settings) -> CurvePlot:
        settings = possible(settings, documents)
        titles = tuple(document.title for document in documents)
        curves = tuple(data for document in documents if isinstance(data := document.data, Curve))
        plot: CurvePlot = self._made.get(
            "plot", (curves, titles, settings), lambda: build_plot(curves, titles, settings)
        )
        unseen = unseen_paths(max(len(document.paths) for document in documents))
        if not unseen or not settings.paths:
            return plot
        told = (*plot.notices, unseen)
        return self._made.get("told plot", (plot, told), lambda: replace(plot, notices=told))


def _surface_of(document: Document) -> Surface | HeightMesh:
    data = document.data
    assert not isinstance(data, Curve)
    return data


def check_compare(documents: Sequence[Document], settings: Settings) -> tuple[str, ...]:
    """Find out whether a picture can compare its files in the way that was asked for.

    In the window the mode is chosen before there are files to compare, and is for those to come.

    Returns:
        What is to be said: that there is nothing to compare.

    Raises:
        UsageError: a difference of one file, or a picture of several, one at a time.
    """
    if settings.compare == "step" and len(documents) > 1:
        raise UsageError("--compare step is for the window: give the file that shall be drawn")
    if len(documents) > 1 or settings.compare not in ("overlay", "difference"):
        return ()
    if settings.compare == "difference":
        raise UsageError(f"--compare difference: needs two surfaces on grids, got {documents[0].title} alone")
    return (f"--compare overlay: there is nothing beside {documents[0].title}",)


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
