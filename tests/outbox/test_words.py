"""Messages speak: every key, every language, whatever values an old message has."""

import pytest

from webapp.outbox import words


def test_points_for_a_bill_say_where_how_much_and_why() -> None:
    said = words.read("points_given", {"points": 1048, "amount": 4860, "store": {"zh": "南门店"}}, "zh")
    assert said.title == "到账 1\u202f048 分"
    assert said.text == "在南门店消费 ¥48.60，得 1\u202f048 分。"
    assert said.why == "因为你刚在店里结了账"


def test_owed_points_are_explained() -> None:
    values = {"points": 48, "amount": 4860, "owed": 20}
    assert "20 分已经用掉" in words.read("points_taken_back", values, "zh").text
    assert "用掉" not in words.read("points_taken_back", {**values, "owed": 0}, "zh").text


def test_a_decline_says_the_reason_in_words() -> None:
    said = words.read("redemption_declined", {"reward": {"zh": "浴巾"}, "points": 200, "why": "out_of_stock"}, "zh")
    assert said.text == "礼品刚好没有了。200 分已经退回。"


@pytest.mark.parametrize("locale", ["zh", "zh_Hant", "en"])
@pytest.mark.parametrize("text", [*words.SENTENCES, "from a later version"])
def test_every_message_reads_in_every_language_even_without_its_values(text: str, locale: str) -> None:
    said = words.read(text, {}, locale)
    assert said.title
    assert "%(" not in "".join(said)
