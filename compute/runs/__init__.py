"""Long runs: nothing that was computed is lost, whatever ends the process.

A run has the path of its output, here ``surf.ply``. While it goes on there are

    surf.ply           what is there so far, replaced whole every few seconds: the finest lattice
                       of the grid that is complete, which any viewer can watch sharpen
    surf.ply.journal   every point as it was computed, and what the run is of

and when it is complete only ``surf.ply``. The same call or command goes on where the journal ends,
and gives the same bytes in every value, because each point depends on nothing but the model, the
data and its place. A journal of another model, data set or grid is refused.

>>> compute.random_plane(model, loss, run="surf.ply")  # doctest: +SKIP
>>> compute.random_plane(model, loss, run=compute.Run("surf.ply", workers=8))  # doctest: +SKIP

``run`` is read first. ``grid`` lays the points out, ``order`` says which come first, ``points``
holds what they gave, ``journal`` keeps it on disk, ``resuming`` brings it back and ``identity``
tells whether it may; ``provisional`` writes the file that is there meanwhile, ``recorded`` makes
the surface of it all, ``merging`` makes one of several shards. Numpy only.
"""

from __future__ import annotations

from compute.interrupts import Interrupted
from compute.runs.run import Run, RunError, RunLike, as_run
from compute.runs.sampling import Sampling

__all__ = ["Interrupted", "Run", "RunError", "RunLike", "Sampling", "as_run"]
