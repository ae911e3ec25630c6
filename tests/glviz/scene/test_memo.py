from __future__ import annotations

import numpy as np

from compute.scales import Scale
from glviz.scene.frame import Frame
from glviz.scene.memo import Memo


class Counting(Memo):
    def __init__(self, previous=None):
        super().__init__(previous)
        self.dropped = []

    def drop(self, result):
        self.dropped.append(result)


def test_made_once_for_the_same_key_and_again_for_another():
    memo, array = Counting(), np.zeros(3)
    first = memo.get("a", (array, 1.0, "x"), object)
    assert memo.get("a", (array, 1.0, "x"), object) is first
    second = memo.get("a", (array.copy(), 1.0, "x"), object)
    assert second is not first and memo.dropped == [first]
    assert memo.results() == [second]


def test_plain_values_and_dataclasses_are_compared_by_value_arrays_by_identity():
    memo, array = Memo(), np.zeros(3)
    frame = Frame((0, 1), (0, 1), (1, 1), 1, 0)
    held = memo.get("a", (Scale("log", 1, 10), frame, (array, "k")), object)
    assert (
        memo.get("a", (Scale("log", 1, 10), Frame((0, 1), (0, 1), (1, 1), 1, 0), (array, "k")), object)
        is held
    )
    assert memo.get("a", (Scale("log", 1, 11), frame, (array, "k")), object) is not held
    assert memo.get("b", (1,), lambda: 1) == 1 and memo.get("b", (True,), lambda: 2) == 2


def test_a_successor_keeps_what_is_asked_for_again_and_forgets_the_rest():
    old = Memo()
    kept, lost = old.get("kept", (1,), object), old.get("lost", (1,), object)
    new = Memo(old)
    assert new.get("kept", (1,), object) is kept
    assert Memo(new).get("lost", (1,), object) is not lost
    assert old.get("lost", (1,), object) is lost
