"""What the worker does for this room: each minute, each night, and never twice."""

from models import Booking, Message, Waiter, database
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.world import NOON, World
from webapp import worker
from webapp.bookings import bookings, holding, tasks, waiting
from webapp.clock import MINUTE
from webapp.config import Settings


def test_the_worker_knows_this_room(world: World) -> None:
    jobs = {job.name: job.every for job in worker.jobs()}
    assert jobs["settle_bookings"] == jobs["remind"] == "minute"
    assert jobs["plan_standings"] == jobs["forget_addresses"] == "night"


def test_a_minute_passes_an_offer_on_to_the_next(world: World, settings: Settings) -> None:
    bath = Bath(world)
    both = [bath.book(world.member(f"客{n}"), moment("19:00")) for n in range(2)]
    for member in (world.xin, world.mei):
        waiting.join(member, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    bookings.cancel(both[0], NOON, member=both[0].member)
    for _ in range(2):
        tasks.settle_bookings(NOON + 10 * MINUTE, settings)
    assert [row.state for row in Waiter.select().order_by(Waiter.id)] == ["waiting", "offered"]
    assert Booking.select().where(Booking.state == "offered").count() == 1
    assert seats_equal_bookings()


def test_reminders_go_out_every_five_minutes(world: World, settings: Settings) -> None:
    Bath(world).book(world.mei, moment("19:00"))
    due = moment("17:00")
    told = Message.select().where(Message.text == "booking_soon")
    tasks.remind(due + MINUTE, settings)
    assert not told.exists()
    tasks.remind(due + 5 * MINUTE, settings)
    tasks.remind(due + 10 * MINUTE, settings)
    assert told.count() == 1


def test_what_is_over_is_found_without_reading_all_bookings_there_ever_were(world: World, engine: str) -> None:
    open_ones = Booking.select().where(holding.OPEN, Booking.starts_at <= NOON).order_by(Booking.starts_at)
    text, values = open_ones.limit(5).sql()
    if engine == "sqlite":
        plan = str(list(database.obj.execute_sql(f"EXPLAIN QUERY PLAN {text}", values)))
    else:
        database.obj.execute_sql("SET enable_seqscan = off")
        plan = str(list(database.obj.execute_sql(f"EXPLAIN {text}", values)))
    assert "booking_ahead" in plan
