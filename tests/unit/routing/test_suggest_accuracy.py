"""A floor under the suggestions, so that they cannot become worse unnoticed."""

import pytest

from bench.suggest import measure
from tests.unit.routing.ground import DISTRICT

# Measured by `python -m bench suggest`; the folds are the same every time.
FOLDS = 2
"""Of the five: some 3,400 answers, and each fold takes its seconds."""
FIRST_FLOOR = 0.80
AMONG_THREE_FLOOR = 0.96
FURTHEST = 0.15
"""How far the share of right ones may lie from the mean score of a band."""
ENOUGH = 100
"""Answers of a band before its share says anything."""


@pytest.fixture(scope="module")
def answers():
    return measure.cross_validated(DISTRICT, FOLDS)


def test_unseen_examples_find_their_department(answers):
    assert measure.share(one.first for one in answers) >= FIRST_FLOOR
    assert measure.share(one.among_three for one in answers) >= AMONG_THREE_FLOOR


def test_scores_can_be_read_as_chances(answers):
    judged = [band for band in measure.bands(answers) if band.answers >= ENOUGH]
    assert len(judged) > 2
    for band in judged:
        assert abs(band.score - band.right) <= FURTHEST, band


def test_no_department_is_forgotten(answers):
    for code in DISTRICT.departments:
        mine = [one.among_three for one in answers if one.department == code]
        assert measure.share(mine) >= 0.75, code
