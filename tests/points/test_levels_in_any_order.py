"""Whatever happens in whatever order: a level falls only on its published day, only for who was warned, and never because of others."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Level, LevelMove, Member, Message
from tests.points.test_levels import NONE
from tests.points.test_referrals import friend_of
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.points import ledger, purchases, tasks, tiers, visits
from webapp.points.purchases import Bill
from webapp.policy import Policy, checked
from webapp.refusals import Refusal

RANK = {"ordinary": 0, "loyal": 1, "vip": 2}
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("buy", "visit", "spend", "refund", "others", "friend", "night", "wait", "long")),
        st.integers(1, 2000),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_a_level_falls_only_after_its_warning_and_by_nobodys_doing(world: World, acts: list[tuple[str, int]]) -> None:
    me, at, bills = world.member("常来"), NOON, []
    for number, (act, n) in enumerate(acts):
        before = Member.get_by_id(me.id).tier
        mine = Member.get_by_id(me.id)
        if act == "buy":
            key = f"{me.id}:{number}"
            bills.append(purchases.record(world.bath, Bill(n * 100, key, "desk"), mine, world.chen, at).id)
        elif act == "visit":
            visits.check_in(mine, world.bath, "counter", at)
        elif act == "spend" and mine.points:
            origin, key = ledger.Origin("adjusted", inputs={"why": "x"}), f"spend:{me.id}:{number}"
            with suppress(Refusal):  # what there was has lapsed meanwhile
                ledger.adjust(me.id, -min(n, mine.points), key=key, at=at, expires_at=at, origin=origin)
        elif act == "refund" and bills:
            with suppress(Refusal):  # more than the bill
                purchases.refund(bills.pop(), n * 10, key=f"r{number}", staff=world.su, at=at)
        elif act == "others":
            other = Member.get_by_id(world.mei.id)
            purchases.record(world.bath, Bill(n * 1000, f"o:{me.id}:{number}", "desk"), other, world.chen, at)
        elif act == "friend":
            friend = friend_of(world, mine, f"139{me.id % 1000:03d}{number:05d}", at)
            bill = purchases.record(world.bath, Bill(5000, f"f:{me.id}:{number}", "desk"), friend, world.chen, at)
            purchases.refund(bill.id, 5000, key="back", staff=world.su, at=at)
        elif act == "night":
            level = Level.get_or_none(Level.member == me.id)
            tasks.look_at_levels(at, NONE)
            _fell_rightly(me, before, level, at)
            continue
        else:
            at += (n % 40 if act == "wait" else n % 300) * DAY
        assert RANK[Member.get_by_id(me.id).tier] >= RANK[before], act
    steps = LevelMove.select().where(LevelMove.member == me.id).order_by(LevelMove.id)
    tiers_now = ["ordinary", *(move.after for move in steps)]
    assert tiers_now[-1] == Member.get_by_id(me.id).tier


def _fell_rightly(me: Member, before: str, level: Level | None, at: int) -> None:
    if RANK[Member.get_by_id(me.id).tier] >= RANK[before]:
        return
    assert level is not None
    assert level.review_at <= at
    assert level.warned_at is not None
    assert at - level.warned_at >= 60 * DAY
    told = Message.select().where(
        Message.member == me.id, Message.text == "level_warned", Message.at == level.warned_at
    )
    assert told.exists()


@given(
    points=st.integers(-100, 20_000),
    days=st.integers(0, 400),
    loyal=st.integers(0, 5000),
    vip=st.integers(0, 10_000),
    loyal_days=st.integers(0, 50),
    vip_days=st.integers(0, 100),
)
def test_more_of_anything_never_reaches_less(
    points: int, days: int, loyal: int, vip: int, loyal_days: int, vip_days: int
) -> None:
    numbers = {"loyal_at": loyal, "vip_at": vip, "loyal_visits": loyal_days, "vip_visits": vip_days}
    rules: Policy = checked(numbers)
    now = RANK[tiers.reached(tiers.Counted(points, days), rules)]
    assert RANK[tiers.reached(tiers.Counted(points + 1, days), rules)] >= now
    assert RANK[tiers.reached(tiers.Counted(points, days + 1), rules)] >= now
