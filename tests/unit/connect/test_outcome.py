"""The edge that a flow takes follows from the code."""

from typing import get_args

import pytest

from warmline.connect.outcome import Code, ended


@pytest.mark.parametrize("code", get_args(Code))
def test_all_codes_but_two_are_errors_and_bring_no_values(code: Code) -> None:
    outcome = ended(code, 200, 0.5, {"status": "sent"})
    assert outcome.kind == (code if code in ("ok", "not_found") else "error")
    assert outcome.code == code
    assert (outcome.kind == "error") == (not outcome.values)
    assert "sent" not in repr(outcome)
