"""The rotating code: good for those in front of the tablet, worth nothing to anybody else, whatever the clock does."""

import pytest

from models import Store, Visit, Work
from tests.world import NOON, World
from webapp import clock, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.refusals import Refusal
from webapp.staff import queue
from webapp.stores import counter


def arrive(world: World, token: str, at: int, proof: str = "") -> tuple[Visit, bool]:
    return counter.arrive(world.mei, token, proof, at)


def refused(world: World, token: str, at: int, proof: str = "") -> str:
    with pytest.raises(Refusal) as no:
        arrive(world, token, at, proof)
    assert Visit.select().count() == 0
    assert Work.select().count() == 0
    return no.value.code


def test_a_code_opens_a_visit_and_tells_the_desk(world: World) -> None:
    visit, new = arrive(world, counter.code(world.bath, NOON), NOON + 5)
    assert new
    assert (visit.store_id, visit.member_id, visit.source) == (world.bath.id, world.mei.id, "counter")
    [card] = queue.cards(world.bath.id, at=NOON)
    assert (card.kind, card.ref, card.member_id) == ("arrival", str(visit.id), world.mei.id)
    assert world.fresh(world.bath).queue_version > world.bath.queue_version


def test_a_second_scan_in_the_window_is_the_same_visit(world: World) -> None:
    first, _ = arrive(world, counter.code(world.bath, NOON), NOON)
    later = NOON + HOUR
    again, new = arrive(world, counter.code(world.bath, later), later)
    assert (again.id, new) == (first.id, False)
    assert Work.select().count() == 1


def test_the_next_day_is_another_visit(world: World) -> None:
    first, _ = arrive(world, counter.code(world.bath, NOON), NOON)
    tomorrow, new = arrive(world, counter.code(world.bath, NOON + DAY), NOON + DAY)
    assert new
    assert tomorrow.id != first.id


def test_a_code_holds_for_its_own_half_minute_and_two_more(world: World) -> None:
    start = NOON // 30 * 30
    token = counter.code(world.bath, start)
    assert counter.read(token, start + 89).verdict == counter.FRESH
    assert counter.read(token, start + 90).verdict == counter.STALE
    assert refused(world, token, start + 90) == "code_stale"


def test_what_is_made_up_is_foreign(world: World) -> None:
    for token in ("", "1:2", "1:59000000.AAAA", "x" * 5000, "1:59000000\x00.AAAA", "回头"):
        assert refused(world, token, NOON) == "code_foreign"


def test_an_altered_code_is_foreign(world: World) -> None:
    token = counter.code(world.bath, NOON)
    other_store = token.replace(f"{world.bath.id}:", f"{world.laundry.id}:", 1)
    for altered in (other_store, token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:], token + "A"):
        assert refused(world, altered, NOON) == "code_foreign"


def test_a_code_of_another_installation_is_foreign(world: World, settings: object) -> None:
    vault.unlock(b"another brand's secret, 32 bytes long")
    token = counter.code(world.bath, NOON)
    vault.unlock(settings.secret)  # type: ignore[attr-defined]
    assert refused(world, token, NOON) == "code_foreign"


def test_a_token_made_for_something_else_is_foreign(world: World) -> None:
    assert refused(world, vault.sign("pulse", f"{world.bath.id}:{NOON // 30}"), NOON) == "code_foreign"


def test_another_stores_code_opens_a_visit_there_and_not_here(world: World) -> None:
    visit, _ = arrive(world, counter.code(world.laundry, NOON), NOON)
    assert visit.store_id == world.laundry.id
    assert queue.cards(world.bath.id, at=NOON) == []


def test_a_closed_stores_code_is_worth_nothing(world: World) -> None:
    token = counter.code(world.bath, NOON)
    Store.update(closed_at=NOON).where(Store.id == world.bath.id).execute()
    assert refused(world, token, NOON) == "code_foreign"


def test_when_the_clock_goes_back_no_code_works_again(world: World) -> None:
    old = counter.code(world.bath, NOON - HOUR)
    counter.arrive(world.xin, counter.code(world.bath, NOON), "", NOON)
    Visit.delete().execute()
    Work.delete().execute()
    assert refused(world, old, NOON - HOUR) == "code_stale"
    assert refused(world, counter.code(world.bath, NOON), NOON - HOUR) == "code_ahead"


def test_a_clock_that_was_a_day_ahead_does_not_shut_the_counter(world: World) -> None:
    counter.arrive(world.xin, counter.code(world.bath, NOON + 2 * DAY), "", NOON + 2 * DAY)
    _, new = arrive(world, counter.code(world.bath, NOON), NOON)
    assert new
    assert world.fresh(world.bath).counter_window == NOON // 30


def test_a_slow_phone_keeps_its_place_for_five_minutes(world: World) -> None:
    token = counter.code(world.bath, NOON)
    proof = counter.prove(world.bath, NOON // 30, f"m{world.mei.id}", NOON)
    assert refused(world, token, NOON + 5 * MINUTE, proof) == "code_stale"
    assert arrive(world, token, NOON + 5 * MINUTE - 1, proof)[1]


def test_a_proof_is_nobody_elses_and_for_this_code_only(world: World) -> None:
    token, later = counter.code(world.bath, NOON), NOON + 2 * MINUTE
    not_mine = counter.prove(world.bath, NOON // 30, f"m{world.xin.id}", NOON)
    browser = counter.prove(world.bath, NOON // 30, "browser", NOON)
    other_store = counter.prove(world.laundry, NOON // 30, f"m{world.mei.id}", NOON)
    future = counter.prove(world.bath, NOON // 30, f"m{world.mei.id}", later + 1)
    for proof in (not_mine, browser, other_store, future, "x", "a:b:c:d.e", "x" * 9999):
        assert refused(world, token, later, proof) == "code_stale"


def test_an_arrival_nobody_greeted_leaves_the_queue_by_itself(world: World) -> None:
    arrive(world, counter.code(world.bath, NOON), NOON)
    assert len(queue.cards(world.bath.id, at=NOON + counter.WAITS - 1)) == 1
    assert queue.cards(world.bath.id, at=NOON + counter.WAITS) == []


def test_greeting_an_arrival_takes_its_card_away_once(world: World) -> None:
    arrive(world, counter.code(world.bath, NOON), NOON)
    [card] = queue.cards(world.bath.id, at=NOON)
    before = world.fresh(world.bath).queue_version
    queue.greet(card, world.chen, NOON)
    queue.greet(card, world.kai, NOON)
    assert queue.cards(world.bath.id, at=NOON) == []
    assert world.fresh(world.bath).queue_version == before + 1


def test_the_code_shown_changes_every_half_minute(world: World) -> None:
    start = NOON // 30 * 30
    assert counter.code(world.bath, start) == counter.code(world.bath, start + 29)
    assert counter.code(world.bath, start) != counter.code(world.bath, start + 30)
    assert counter.changes_at(start) == counter.changes_at(start + 29) == start + 30
    assert clock.now() == NOON


# --- how many are before me ----------------------------------------------------------------------------------------------------


def test_people_ahead_are_those_who_came_before_and_nobody_has_greeted(world: World) -> None:
    mine = []
    for n, member in enumerate((world.xin, world.member("客"), world.mei)):
        visit, _ = counter.arrive(member, counter.code(world.bath, NOON), "", NOON + n)
        mine.append(visit)
    assert [counter.ahead(visit, NOON + 5) for visit in mine] == [(0, False), (1, False), (2, False)]
    first, second, _ = queue.cards(world.bath.id, at=NOON)
    queue.greet(second, world.chen, NOON + 10)
    assert [counter.ahead(visit, NOON + 11) for visit in mine] == [(0, False), (None, True), (1, False)]
    queue.greet(first, world.chen, NOON + 10)
    assert counter.ahead(mine[2], NOON + 11) == (0, False)
    assert queue.people(world.bath.id, NOON + 11) == 1
    assert queue.people(world.laundry.id, NOON + 11) == 0
    late = NOON + counter.WAITS + 5
    assert counter.ahead(mine[2], late) == (None, False), "who has waited for half an hour is not in the queue any more"
    assert queue.people(world.bath.id, late) == 0
