"""No event holds text that a database or UTF-8 cannot."""

import pytest

from shared.contracts import ContractViolation, intake
from shared.contracts.departments import VERBS


@pytest.mark.parametrize("text", ["没\0解决", "\ud800"])
@pytest.mark.parametrize(
    ("contract", "field"),
    [
        (intake.reopened, "reason"),
        (intake.transferred, "title"),
        (VERBS["completed"], "result"),
        (VERBS["completed"], "outcome"),
    ],
)
def test_text_that_cannot_be_kept_breaks_the_contract(contract, field, text) -> None:
    with pytest.raises(ContractViolation) as violation:
        contract.check({**contract.example, field: text})
    assert set(violation.value.errors) == {field}
