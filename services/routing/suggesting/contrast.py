"""What sets the departments apart: a weight for each piece and department, fitted on the examples.

Naive Bayes (``model.py``) asks how often a department's matters say a piece, each piece by itself.
Here all weights are fitted together so that each example points to its own department and no other:
ridge regression, the target 1 for its department and 0 for the rest. A piece that only goes along
with a telling one keeps little weight of its own.

The solution is a sum of examples, so one unknown for each example and department is enough. They
are found by conjugate gradients (Hestenes and Stiefel 1952): no matrix larger than the examples'
pieces is ever made, and the same examples always give the same weights.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from services.routing.suggesting.examples import Example

RIDGE = 0.3
"""How much weights are held back, found by cross-validation (0.1 to 1 are nearly as good)."""
_ROUNDS = 40
_CLOSE = 1e-2
"""The largest error left, against what was to be explained, at which rounds end."""

Matrix = npt.NDArray[np.float32]
_Places = npt.NDArray[np.intp]


class _Said:
    """The examples as a sparse matrix: a row each, of length 1, rare pieces weighing more."""

    def __init__(
        self, said: Sequence[frozenset[str]], columns: Mapping[str, int], rare: Matrix
    ) -> None:
        sizes = [len(one) for one in said]
        self._shape = len(said), len(columns)
        self._columns = np.array([columns[piece] for one in said for piece in sorted(one)])
        self._rows = np.repeat(np.arange(len(said)), sizes)
        values = rare[self._columns]
        lengths = np.sqrt(np.bincount(self._rows, values**2))
        self._values = (values / lengths[self._rows]).astype(np.float32)

    def times(self, weights: Matrix) -> Matrix:
        """Examples by departments, out of pieces by departments."""
        return self._summed(weights, self._columns, self._rows, self._shape[0])

    def back(self, of_examples: Matrix) -> Matrix:
        """Pieces by departments, out of examples by departments."""
        return self._summed(of_examples, self._rows, self._columns, self._shape[1])

    def _summed(self, given: Matrix, taken: _Places, put: _Places, size: int) -> Matrix:
        each = np.ascontiguousarray(given.T)  # a department at a time: what is read lies together
        sums = [np.bincount(put, one[taken] * self._values, size) for one in each]
        return np.stack(sums, axis=1).astype(np.float32)


class Contrast:
    """Ready to weigh texts; never changes."""

    def __init__(self, departments: Iterable[str], examples: Iterable[Example]) -> None:
        self._departments = tuple(departments)
        told = [(one.pieces, one.department) for one in examples]
        told = [(said, department) for said, department in told if said]
        counted = Counter(piece for said, _ in told for piece in said)
        self._columns = {piece: column for column, piece in enumerate(sorted(counted))}
        rare = [math.log(1 + len(told) / counted[piece]) for piece in self._columns]
        self._rare: Matrix = np.array(rare, dtype=np.float32)
        self._weights = self._fitted(told)

    def weigh(self, said: frozenset[str]) -> dict[str, float]:
        """Department -> about 1 where the pieces are like its examples and about 0 where not.

        {} where all pieces are new.
        """
        known = [self._columns[piece] for piece in said if piece in self._columns]
        if not known:
            return {}
        rare = self._rare[sorted(known)]
        scores = rare @ self._weights[sorted(known)] / math.sqrt(float(rare @ rare))
        return dict(zip(self._departments, scores.tolist(), strict=True))

    def _fitted(self, told: Sequence[tuple[frozenset[str], str]]) -> Matrix:
        if not told:
            return np.zeros((0, len(self._departments)), dtype=np.float32)
        said = _Said([one for one, _ in told], self._columns, self._rare)
        of = {code: number for number, code in enumerate(self._departments)}
        target = np.zeros((len(told), len(of)), dtype=np.float32)
        for row, (_, department) in enumerate(told):
            target[row, of[department]] = 1
        return said.back(_solved(said, target - 1 / len(of)))


def _solved(said: _Said, target: Matrix) -> Matrix:
    """Conjugate gradients for (said · saidᵀ + RIDGE) x = target, every department at once."""
    found = np.zeros_like(target)
    left, step = target.copy(), target.copy()
    size = first = np.sum(left**2, axis=0)
    for _ in range(_ROUNDS):
        moved = said.times(said.back(step)) + RIDGE * step
        stride = size / np.maximum(np.sum(step * moved, axis=0), 1e-12)
        found += stride * step
        left -= stride * moved
        smaller = np.sum(left**2, axis=0)
        if np.all(smaller <= _CLOSE**2 * first):
            break
        step = left + smaller / np.maximum(size, 1e-12) * step
        size = smaller
    return found
