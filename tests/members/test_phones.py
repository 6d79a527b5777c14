"""Phone numbers: how people type them, and what is shown."""

import pytest

from webapp.members import phones
from webapp.refusals import Refusal


@pytest.mark.parametrize(
    "typed",
    ["13800000001", " 138 0000 0001 ", "+86 138-0000-0001", "8613800000001", "１３８００００００01", "(138)00000001"],
)
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert phones.read(typed) == "+8613800000001"


@pytest.mark.parametrize(
    "typed",
    ["", "138", "10086", "99999999999", "😀13800000001", "13800000001x5", "1380000\x000001", "1" * 10_000, "电话"],
)
def test_what_is_no_number_is_refused_next_to_the_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        phones.read(typed)
    assert refused.value.field == "phone"


def test_a_shown_number_hides_its_middle() -> None:
    assert phones.mask("+8613800000001") == "138****0001"
    assert phones.mask("+85291234567") == "+852 ****4567"
