from __future__ import annotations

import pathlib

import numpy as np
import pytest

from compute.surface import Path, Surface
from glviz.documents import Document
from glviz.scene.view import View
from glviz.settings import Settings
from glviz.vector import maps

HOSTILE = 'a <script>alert("x")</script> & b\x00'
UNICODE = "α β √η − 10^-3.ply"


@pytest.fixture(scope="session")
def surface() -> Surface:
    """A curved valley with a path, a hole and a corner that is not computed yet."""
    x, y = np.linspace(-1.0, 1.0, 41), np.linspace(-0.7, 0.7, 31)
    X, Y = np.meshgrid(x, y)
    loss = (1 - 3 * X) ** 2 + 3.2 * (3 * Y - 4.8 * X**2) ** 2 + 0.3 * np.sin(9 * X) * np.cos(8 * Y)
    status = np.ones(loss.shape, dtype=np.uint8)
    hole = (X - 0.6) ** 2 + (Y + 0.3) ** 2 < 0.04
    loss[hole], status[hole] = np.nan, 2
    loss[25:, :8], status[25:, :8] = np.nan, 0
    t = np.linspace(0.0, 1.0, 12)
    path = Path(0.9 - 1.7 * t, 0.3 * np.sin(4 * t), np.exp(2 - 2 * t), name="SGD <b> √")
    return Surface(x, y, loss, status=status, paths=(path,), meta={"model": HOSTILE})


def views_of(*surfaces: Surface, name: str = UNICODE, **settings: object) -> tuple[View, ...]:
    """What the program makes of files, for a map."""
    from glviz.arrange import Arranger

    documents = [Document(pathlib.Path("map"), data, (), name) for data in surfaces]
    return Arranger().arrange(documents, maps.settings_for(Settings(**settings)))
