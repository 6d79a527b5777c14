"""The shop's clock jumps: three hours back, forty days ahead, onto 29 February. Nothing that was over comes to life, nothing breaks."""

import json
from pathlib import Path

import pytest
from flask import Flask

from models import Member, Redemption, Visit
from tests.faults import people
from tests.faults.people import Line
from tests.kit import needs, servers
from tests.kit.doors import AsMember, AsStaff
from tests.members.authenticator import Authenticator
from tests.members.test_passkeys import SITE
from tests.world import NOON, World
from webapp import check, clock, config, front, signins, worker
from webapp.clock import DAY, HOUR, MINUTE
from webapp.members import codes, handshakes, passkeys
from webapp.points import purchases, visits
from webapp.refusals import Missing, Refusal
from webapp.rewards import redemptions
from webapp.stores import counter

BACK = NOON - 3 * HOUR
LEAP = 1835452799  # 29 February 2028, 23:59:59 in Shanghai


# --- three hours back ----------------------------------------------------------------------------------------------------


def test_a_hold_that_was_called_over_stays_over(world: World) -> None:
    held = redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="over", at=NOON - HOUR)
    with pytest.raises(Refusal, match="预留时间已过"):
        redemptions.approve(held, world.chen, NOON)
    with pytest.raises(Refusal, match="预留时间已过"):
        redemptions.approve(world.fresh(held), world.chen, BACK)
    assert redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="over", at=BACK).state == "expired"
    assert (world.fresh(held).state, world.fresh(world.mei).points) == ("expired", 1280)
    assert check.run() == []


def test_a_used_claim_is_used(world: World) -> None:
    bill = purchases.Bill(20_000, "a bill", "desk")
    purchase = purchases.record(world.bath, bill, None, world.chen, NOON)
    purchases.claim(purchase.code, world.mei, NOON)
    with pytest.raises(Refusal, match="已经被领取"):
        purchases.claim(purchase.code, world.xin, BACK)
    assert purchases.claim(purchase.code, world.mei, BACK).member_id == world.mei.id
    assert purchases.record(world.bath, bill, None, world.chen, BACK).id == purchase.id
    assert check.run() == []


def test_a_counter_code_that_was_replaced_does_not_come_back(world: World) -> None:
    old = counter.code(world.bath, BACK)
    counter.arrive(world.mei, counter.code(world.bath, NOON), "", NOON)
    with pytest.raises(Refusal, match="已经换新"):
        counter.arrive(world.xin, old, "", BACK)
    with pytest.raises(Refusal, match="钟好像走错"):
        counter.arrive(world.xin, counter.code(world.bath, NOON), "", BACK)
    assert Visit.select().count() == 1


def test_a_handshake_works_once_whatever_the_time(world: World) -> None:
    secret = handshakes.ask(world.bath, "+8613800000001", NOON)
    waiting = handshakes.of_browser(secret)
    handshakes.confirm(waiting, world.chen, NOON)
    assert handshakes.use(secret, "phone", NOON)
    assert handshakes.use(secret, "phone", BACK) is None
    with pytest.raises(Missing):
        handshakes.waiting(world.bath, waiting.digits, world.chen, BACK)


def test_six_digits_that_lapsed_stand_for_nobody(world: World) -> None:
    six, _ = codes.digits(world.mei, NOON)
    assert codes.of_digits(six, NOON + MINUTE) == world.mei
    for at in (NOON + HOUR, BACK):
        with pytest.raises(Missing):
            codes.of_digits(six, at)


def test_a_passkey_answer_is_not_taken_twice(world: World) -> None:
    phone = Authenticator(SITE.origin, SITE.rp_id)
    asked = passkeys.ask_new(world.mei, SITE, NOON)
    passkeys.add(world.mei, phone.create(json.loads(asked.options)), asked.secret, SITE, label="", at=NOON)
    asked = passkeys.ask_sign_in(SITE, NOON)
    answer = phone.get(json.loads(asked.options))
    assert passkeys.sign_in(answer, asked.secret, SITE, label="", at=NOON)
    with pytest.raises(Refusal, match="时间过了"):
        passkeys.sign_in(answer, asked.secret, SITE, label="", at=BACK)


def test_a_pin_that_ran_out_is_asked_again(world: World) -> None:
    secret = signins.open_for_desk(world.chen, world.bath, "tablet", NOON, NOON + 5 * MINUTE)
    assert signins.find("desk", secret, NOON + MINUTE).acting == world.chen
    assert signins.find("desk", secret, NOON + 10 * MINUTE).acting is None
    assert signins.find("desk", secret, BACK).acting is None


def test_a_tablet_that_was_signed_out_by_its_rest_stays_out(world: World) -> None:
    secret = signins.open_for_desk(world.chen, world.bath, "tablet", BACK, BACK + 5 * MINUTE)
    assert signins.find("desk", secret, NOON + 16 * HOUR) is None
    assert signins.find("desk", secret, BACK) is None


def test_a_poll_ticket_does_not_hold_for_hours(world: World) -> None:
    ticket = front.pulse("member", world.mei.id, world.fresh(world.mei).version, NOON)
    assert front.unchanged(ticket, NOON)
    assert not front.unchanged(ticket, BACK)


# --- forty days ahead, and back --------------------------------------------------------------------------------------------


def test_forty_days_later_holds_are_over_tablets_are_signed_out_and_phones_are_not(
    world: World, settings: config.Settings
) -> None:
    held = redemptions.hold(world.mei, world.last_scrub, world.bath, ticket="forty days", at=NOON)
    tablet = signins.open_for_desk(world.chen, world.bath, "tablet", NOON, NOON + HOUR)
    phone = signins.open_for_member(world.mei, world.bath, "phone", NOON)
    resting = signins.open_for_member(world.xin, world.bath, "phone", NOON - 60 * DAY)
    later = NOON + 40 * DAY
    assert all(worker.attempt(job, settings, later) for job in worker.jobs())
    assert world.fresh(held).state == "expired"
    assert signins.find("desk", tablet, later) is None
    assert signins.find("member", resting, later) is None
    assert signins.find("member", phone, later).member == world.mei
    assert check.run() == []


def test_a_clock_that_comes_back_from_far_ahead_holds_up_neither_jobs_nor_visits(
    world: World, settings: config.Settings
) -> None:
    ahead = NOON + 40 * DAY
    jobs = list(worker.jobs())
    assert all(worker.attempt(job, settings, ahead) for job in jobs)
    visits.check_in(world.mei, world.bath, "counter", ahead)
    assert all(worker.attempt(job, settings, NOON) for job in jobs)
    _, new = visits.check_in(world.mei, world.bath, "counter", NOON)
    assert new
    assert counter.arrive(world.xin, counter.code(world.bath, NOON), "", NOON)[1]
    assert check.run() == []


# --- 29 February ---------------------------------------------------------------------------------------------------------------


def test_the_last_second_of_the_29th_of_february(
    world: World, app: Flask, as_member: AsMember, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"{clock.local(LEAP, 'Asia/Shanghai'):%m-%d %H:%M:%S}" == "02-29 23:59:59"
    Member.update({Member.birthday: 229}).where(Member.id == world.mei.id).execute()
    world.at = LEAP
    world.give(world.mei, 500)
    for now in (LEAP, LEAP + 1):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        mei, chen = as_member(world.mei), as_staff(world.lin)
        for line, path in (
            (mei, "/me"),
            (mei, "/rewards"),
            (mei, "/me/points"),
            (chen, "/desk/"),
            (chen, "/desk/rewards"),
        ):
            answer = line.get(path, follow_redirects=True)
            assert answer.status_code in (200, 404), f"{path}: {answer.status_code}"
        purchases.record(world.bath, purchases.Bill(10_000, f"leap {now}", "desk"), world.mei, world.chen, now)
    held = redemptions.hold(world.mei, world.tea, world.bath, ticket="leap", at=LEAP)
    assert redemptions.approve(held, world.chen, LEAP + 60).state == "captured"
    assert (
        clock.month_end_after(LEAP, 12, "Asia/Shanghai") == clock.day_start(LEAP + 1, "Asia/Shanghai") + 366 * DAY - DAY
    )
    assert check.run() == []


# --- a running server ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_running_shop_bears_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        needs.missing("no libfaketime here: apt-get install libfaketime")
    hand = tmp_path / "hand"
    hand.write_text("+0")
    home = people.install(config.load({"HUITOU_DATA": str(tmp_path / "data")}, Path("no such file")))
    shop_counter = people.open_shop(home, 2)
    with monkeypatch.context() as faked:
        faked.setenv("LD_PRELOAD", str(library))
        faked.setenv("FAKETIME_TIMESTAMP_FILE", str(hand))
        faked.setenv("FAKETIME_NO_CACHE", "1")
        faked.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        started = servers.running(home.data)
        shop = started.__enter__()
    try:
        mei = Line(lambda: shop.port, shop_counter.phones[0], 1, timeout=20)
        chen = Line(lambda: shop.port, shop_counter.tablets[0], 2, timeout=20)
        code = mei.post(f"/rewards/{shop_counter.reward}/redemptions", ticket="before it jumps").went_to.rpartition(
            "/"
        )[2]
        assert code
        hand.write_text("+15m")
        assert "预留时间已过" in chen.post(f"/desk/redemptions/{code}/approval").text
        hand.write_text("-3h")
        assert chen.post(f"/desk/redemptions/{code}/approval").status in (303, 422)
        assert mei.get("/me").status == 200
        hand.write_text("+40d")
        assert (mei.get("/me").status, chen.get("/desk/").status) == (200, 303)
        hand.write_text("@2028-02-29 15:59:59")  # UTC
        assert mei.get("/me").status in (200, 303)
        assert mei.get("/healthz").status == 200
        hand.write_text("+0")
        assert mei.get("/healthz").status == 200
        assert shop.process.poll() is None
    finally:
        started.__exit__(None, None, None)
    with people.at_home(home):
        assert [row.state for row in Redemption.select()] == ["expired"]
        assert check.run() == []
