"""How one person comes, and where the lines between many lie: arithmetic only."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.insights import language, pattern, ranking, words
from webapp.insights.ranking import Lines

TODAY = 20_000
CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)  # a busy machine is no fault


def every(interval: int, times: int, away: int) -> list[int]:
    return [TODAY - away - interval * n for n in range(times)][::-1]


def test_the_interval_is_the_middle_gap_of_how_they_come_now() -> None:
    assert pattern.usual_gap([]) is None
    assert pattern.usual_gap([TODAY]) is None
    assert pattern.usual_gap([1, 8, 15, 100, 107]) == 7, "one long holiday says nothing"
    assert pattern.usual_gap(every(30, 20, 0)[:6] + every(5, 20, 0)) == 5, "old habits are forgotten"


def test_everybody_is_measured_by_their_own_interval() -> None:
    weekly, monthly = every(7, 10, 20), every(30, 10, 20)
    assert pattern.of(weekly, TODAY, 0).life == "at_risk"
    assert pattern.of(monthly, TODAY, 0).life == "returning"
    assert pattern.of(monthly, TODAY, 0).due == TODAY + 10
    assert pattern.of(weekly, TODAY, 0).due == TODAY - 13


def test_a_first_visit_is_new_and_nobody_is_due_who_never_came() -> None:
    assert pattern.of([TODAY - 3], TODAY, TODAY - 3) == pattern.Pattern("new", None, TODAY + 27, 0, [])
    assert pattern.of([], TODAY, TODAY - 3) == pattern.Pattern("new", None, None, 0, [])
    assert pattern.of([], TODAY, TODAY - 300).life == "lapsed"


def test_every_reason_is_a_plain_sentence() -> None:
    days = every(20, 9, 200)
    found = pattern.of(days, TODAY, 0, mood=240, case=True)
    said = [words.why(reason).text for reason in found.reasons]
    assert [reason["why"] for reason in found.reasons] == ["overdue", "fewer", "case", "mood"]
    assert found.risk == 100
    assert len(set(said)) == 4
    once = pattern.of([TODAY - 40], TODAY, 0)
    assert words.why(once.reasons[0]).params == {"days": 40}


days = st.lists(st.integers(TODAY - 900, TODAY), max_size=40, unique=True).map(sorted)


@CALM
@given(days, st.integers(TODAY - 1000, TODAY), st.one_of(st.none(), st.integers(100, 500)), st.booleans())
def test_a_rating_never_changes_who_somebody_is(seen: list[int], joined: int, mood: int | None, case: bool) -> None:
    """T3: it is no part of life, interval or day; and it only ever raises care."""
    plain = pattern.of(seen, TODAY, joined)
    rated = pattern.of(seen, TODAY, joined, mood=mood, case=case)
    assert rated[:3] == plain[:3]
    assert plain.risk <= rated.risk <= 100


@CALM
@given(days, st.integers(TODAY - 1000, TODAY), st.integers(1, 400))
def test_time_alone_never_makes_anybody_safer(seen: list[int], joined: int, later: int) -> None:
    steps = ["new", "returning", "at_risk", "lapsed"]
    now, then = pattern.of(seen, TODAY, joined), pattern.of(seen, TODAY + later, joined)
    assert max(1, steps.index(then.life)) >= max(1, steps.index(now.life))
    assert then.due == now.due


counted = st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 50)), max_size=40, unique_by=lambda one: one[0])


@CALM
@given(counted)
def test_lines_go_down_and_lie_as_near_to_the_share_as_equals_allow(values: list[tuple[int, int]]) -> None:
    values = sorted(values, reverse=True)
    shares = [20, 30, 30, 20]
    lines = ranking.cut(values, shares)
    assert lines == sorted(lines, reverse=True)
    total = sum(n for _, n in values)
    wanted = 0
    for line, share in zip(lines, shares, strict=False):
        wanted += share
        reached = sum(n for value, n in values if value >= line)
        for other in [value for value, _ in values] + [10**9]:
            instead = sum(n for value, n in values if value >= other)
            assert abs(reached - total * wanted / 100) <= abs(instead - total * wanted / 100)


@CALM
@given(st.lists(st.integers(1, 10**7), min_size=3, max_size=3), st.integers(1, 10**7), st.integers(1, 10**7))
def test_whoever_spends_more_never_stands_lower(cuts: list[int], one: int, other: int) -> None:
    lines = Lines(sorted(cuts, reverse=True), [5, 2], sorted([*cuts, 1], reverse=True), [4, 3, 2, 1], [4, 3, 2, 1])
    low, high = sorted((one, other))
    order = ["c", "b", "a", "vip"]
    below, above = (ranking.rank(lines, spent, 1, 0) for spent in (low, high))
    assert order.index(above.grade or "c") >= order.index(below.grade or "c")
    assert above.money >= below.money


def test_every_condition_has_a_name_and_a_sentence() -> None:
    kinds = {leaf.__struct_config__.tag for leaf in language.LEAVES}
    assert kinds == set(words.CONDITION_NAMES)
    for rule in (
        {"is": "last", "least": 60},
        {"is": "not", "of": {"is": "open_case"}},
        {"is": "any", "of": [{"is": "tier", "of": ["vip"]}, {"is": "birthday", "months": [5, 6]}]},
        {"is": "spent", "least": 100, "most": 500},
        {"is": "garment", "fabric": "wool", "kind": "coat"},
    ):
        assert "%" not in words.sentence(language.checked(rule)).text.replace("%(", "")
