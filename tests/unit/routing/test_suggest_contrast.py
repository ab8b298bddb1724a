"""What sets departments apart: fitted on the examples, all weights together."""

import numpy as np
import pytest

from services.routing.suggesting import contrast
from services.routing.suggesting.contrast import Contrast
from services.routing.suggesting.examples import Example
from services.routing.suggesting.phrases import pieces

SAID = [
    Example("楼顶漏水没人修", "zj"),
    Example("物业不修漏水", "zj"),
    Example("路边摆摊太脏", "cg"),
    Example("摆摊的占了路", "cg"),
]
CODES = ("zj", "cg", "ga")


def weigh(text: str, said=SAID) -> dict[str, float]:
    return Contrast(CODES, said).weigh(pieces(text))


def test_an_example_points_to_its_own_department():
    for one in SAID:
        weighed = weigh(one.say)
        assert max(weighed, key=weighed.__getitem__) == one.department
        assert 0.3 < weighed[one.department] < 1


def test_what_is_new_is_like_what_was_said():
    assert weigh("我家漏水了")["zj"] > 0 > weigh("我家漏水了")["cg"]
    assert weigh("又来摆摊")["cg"] > 0 > weigh("又来摆摊")["zj"]


def test_a_piece_that_only_goes_along_with_telling_ones_weighs_little():
    """居 stands in matters of both: what remains of it is small against what tells them apart."""
    both = [Example("居摆摊", "cg"), Example("居漏水", "zj"), Example("居占道", "cg")]
    assert abs(weigh("居", both)["zj"]) < abs(weigh("漏", both)["zj"])


@pytest.mark.parametrize("text", ["", "hello", "138 0013 8000", "龘靐齉"])
def test_nothing_known_weighs_nothing(text):
    assert weigh(text) == {}


def test_without_any_example_it_is_silent():
    assert weigh("漏水", []) == {}
    assert weigh("漏水", [Example("hello", "zj")]) == {}


def test_the_same_examples_give_the_same_weights():
    assert weigh("楼顶摆摊") == weigh("楼顶摆摊")


def test_it_is_the_solution_of_the_ridge_regression():
    """The rounds end where solving the equations outright ends."""
    said = [pieces(one.say) for one in SAID]
    columns = {piece: number for number, piece in enumerate(sorted(frozenset().union(*said)))}
    matrix = contrast._Said(said, columns, np.ones(len(columns), dtype=np.float32))
    target = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    dense = np.array([[piece in one for piece in columns] for one in said], dtype=float)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)
    outright = np.linalg.solve(dense @ dense.T + contrast.RIDGE * np.eye(len(said)), target)
    assert contrast._solved(matrix, target) == pytest.approx(outright, abs=1e-3)
    assert matrix.back(target) == pytest.approx(dense.T @ target, abs=1e-5)
