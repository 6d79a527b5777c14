"""Members' doors to their points."""

import pytest

from models import LedgerLine, Member, Purchase, Store
from tests.kit.doors import AsMember
from tests.points.books import balance
from tests.world import NOON, World
from webapp import clock
from webapp.clock import DAY
from webapp.points import ledger, purchases
from webapp.points.purchases import Bill
from webapp.rewards import redemptions


def bill(
    world: World, amount: int = 4860, member: Member | None = None, key: str = "ticket", store: Store | None = None
) -> Purchase:
    return purchases.record(store or world.bath, Bill(amount, key, "desk"), member, world.chen, world.at)


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_the_lines_stand_under_their_day_with_sign_and_title(world: World, as_member: AsMember) -> None:
    bill(world, member=world.xin)
    page = text(as_member(world.xin).get("/points"))
    assert "消费 ¥48.60" in page
    assert "+48" in page
    assert "今天" in page


def test_signed_out_leads_to_the_sign_in(visitor) -> None:
    for path in ("/points", "/points/1", "/points/what-if?amount=80", "/tier"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in")


def test_a_receipt_says_the_sum_the_rule_and_until_when(world: World, as_member: AsMember) -> None:
    line = bill(world, member=world.xin).lines.get()
    page = text(as_member(world.xin).get(f"/points/{line.id}"))
    assert "48 分：¥48.60 × 1，舍去尾数" in page
    assert "第 1 版" in page
    assert "2027年5月31日" in page
    assert "小陈" in page


def test_a_vips_receipt_names_the_tier_in_the_sum(world: World, as_member: AsMember) -> None:
    vip = world.member("贵客", tier="vip")
    line = bill(world, member=vip).lines.get()
    page = text(as_member(vip).get(f"/points/{line.id}"))
    assert "72 分：¥48.60 × 1 × 1.5（贵宾），舍去尾数" in page


def test_a_sheet_for_htmx_is_the_same_receipt_without_the_page(world: World, as_member: AsMember) -> None:
    line = bill(world, member=world.xin).lines.get()
    sheet = text(as_member(world.xin).get(f"/points/{line.id}", htmx=True))
    assert "receipt-sheet" in sheet
    assert "<html" not in sheet


def test_somebody_elses_receipt_is_not_there(world: World, as_member: AsMember) -> None:
    line = bill(world, member=world.xin).lines.get()
    assert as_member(world.mei).get(f"/points/{line.id}").status_code == 404
    assert as_member(world.mei).get("/points/99999999999999999999999").status_code == 404


def test_a_refund_and_its_bill_are_a_pair(world: World, as_member: AsMember) -> None:
    purchase = bill(world, member=world.xin)
    purchases.refund(purchase.id, 2000, key="r", staff=world.su, at=world.at + 5)
    earned, taken = purchase.lines.order_by(LedgerLine.id)
    page = text(as_member(world.xin).get(f"/points/{taken.id}"))
    assert "退了 ¥20，剩下 ¥28.60 该得 28 分，收回 20 分" in page
    assert f"/points/{earned.id}" in page


def test_a_refund_of_spent_points_says_what_is_owed_and_what_pays_it(world: World, as_member: AsMember) -> None:
    purchase = bill(world, 20000, member=world.xin)
    held = ledger.hold(
        world.xin.id, 150, key="h", at=world.at, origin=ledger.Origin("redemption", inputs={"reward": {"zh": "浴巾"}})
    )
    ledger.capture(held, key="s", at=world.at, origin=ledger.Origin("captured", inputs={"reward": {"zh": "浴巾"}}))
    purchases.refund(purchase.id, 20000, key="r", staff=world.su, at=world.at)
    later = bill(world, 10000, member=world.xin, key="next")
    browser = as_member(world.xin)
    taken = purchase.lines.order_by(LedgerLine.id)[1]
    assert "其中 150 分已经用掉了" in text(browser.get(f"/points/{taken.id}"))
    paid = text(browser.get(f"/points/{later.lines.get().id}"))
    assert "其中 100 分先补上以前欠的" in paid
    assert "浴巾" in text(browser.get(f"/points/{held}"))


def test_every_kind_of_line_reads_well(world: World, as_member: AsMember) -> None:
    browser = as_member(world.mei)
    for kind in ("welcome", "nobody knows this reason"):
        origin = ledger.Origin(kind, world.bath.id, inputs={"reward": {"zh": "浴巾"}})
        given = ledger.earn(
            world.mei.id, 10, kind="bonus", key=f"b {kind}", at=world.at, expires_at=world.at + DAY, origin=origin
        )
        held = ledger.hold(world.mei.id, 5, key=f"h {kind}", at=world.at, origin=origin)
        released = ledger.release(held, key=f"s {kind}", at=world.at, origin=origin)
        for line in (given, held, released):
            page = browser.get(f"/points/{line}")
            assert page.status_code == 200
            assert "%(" not in text(page)


def test_the_waiting_and_the_lapsing_have_their_own_lists(world: World, as_member: AsMember) -> None:
    from webapp.rewards import redemptions

    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="t" * 8, at=world.at)
    browser = as_member(world.mei)
    pending = text(browser.get("/points?tab=pending", htmx=True))
    assert "纯棉浴巾" in pending
    assert held.code in pending
    assert "2027年5月20日" in text(browser.get("/points?tab=expiring", htmx=True))
    assert browser.get("/points?tab=nonsense&before=-5").status_code == 200
    assert browser.get(f"/points?before={10**30}").status_code == 200


def test_points_that_have_run_out_are_gone_when_one_looks(world: World, as_member: AsMember) -> None:
    world.give(world.xin, 500, lasts=-60)
    assert "积分到期" in text(as_member(world.xin).get("/points"))
    assert balance(world.xin) == (0, 0, 0)


def test_a_long_history_goes_on_below(world: World, as_member: AsMember) -> None:
    for n in range(35):
        ledger.earn(
            world.xin.id,
            1 + n,
            kind="bonus",
            key=f"n{n}",
            at=world.at + n,
            expires_at=world.at + DAY,
            origin=ledger.Origin("welcome"),
        )
    browser = as_member(world.xin)
    first = text(browser.get("/points"))
    assert first.count('class="end big-sign"') == 30
    older = text(browser.get(first.split('hx-get="/points?')[-1].split('"')[0].join(("/points?", "")), htmx=True))
    assert older.count('class="end big-sign"') == 5


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("80", 200, "80 分：¥80 × 1"),
        ("48.60", 200, "48 分：¥48.60 × 1，舍去尾数"),
        ("-5", 422, "金额像这样写"),
        ("10000000", 422, "单张小票最多"),
        ("0", 422, "金额要大于 0"),
        ("八十", 422, "金额像这样写"),
        ("", 200, ""),
        ("9" * 10_000, 422, "金额像这样写"),
        ("1\x002", 422, "不能使用的字符"),
    ],
)
def test_what_would_it_give(world: World, as_member: AsMember, typed: str, status: int, said: str) -> None:
    answer = as_member(world.xin).get("/points/what-if", query_string={"amount": typed}, htmx=True)
    assert answer.status_code == status
    assert said in text(answer).replace("\u202f", "")


def test_the_tier_page_says_what_each_level_gives_and_what_is_missing(world: World, as_member: AsMember) -> None:
    bill(world, 32000, member=world.xin)
    page = text(as_member(world.xin).get("/tier"))
    assert "再积 680 分，升为熟客" in page
    assert "消费 ¥100 积 150 分（×1.5）" in page


def test_a_level_is_reached_at_once_and_not_lost_by_spending(world: World, as_member: AsMember) -> None:
    bill(world, 120000, member=world.xin)
    assert world.fresh(world.xin).tier == "loyal"
    ledger.adjust(world.xin.id, -1200, key="spent", at=world.at, expires_at=0, origin=ledger.Origin("adjusted"))
    page = text(as_member(world.xin).get("/tier"))
    assert "近 12 个月积了 1\u202f200 分" in page


# --- the claim of a bill -------------------------------------------------------------------------------------------------


def claim_path(purchase: Purchase) -> str:
    return f"/claim/{purchases.claim_token(purchase)}"


def test_a_claim_shows_the_bill_and_gives_its_points_once(world: World, as_member: AsMember) -> None:
    path = claim_path(bill(world))
    browser = as_member(world.xin)
    assert "领到我的卡里" in text(browser.get(path))
    first, again = browser.post(path), browser.post(path)
    assert first.status_code == 303
    assert first.location == again.location
    assert first.location.startswith("/points/")
    assert balance(world.xin) == (48, 0, 0)
    assert "已经在你卡里了" in text(browser.get(path))


def test_a_visitor_is_asked_to_join_and_comes_back(world: World, visitor) -> None:
    path = claim_path(bill(world))
    page = text(visitor.get(path)).replace("%2F", "/").replace("&amp;", "&")
    assert f"/join?store=bath&next={path}" in page
    assert f"/sign-in?next={path}" in page
    answer = visitor.post(path, headers={"Referer": f"http://localhost{path}"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")


def test_a_claimed_bill_is_told_kindly_to_the_second(world: World, as_member: AsMember) -> None:
    path = claim_path(bill(world))
    as_member(world.xin).post(path)
    late = as_member(world.mei)
    assert "这张小票被领过了" in text(late.get(path))
    assert late.post(path).status_code == 422
    assert balance(world.mei) == (1280, 0, 0)


def test_an_old_claim_and_a_refunded_one_say_so(
    world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, gone = claim_path(bill(world)), bill(world, key="gone")
    purchases.refund(gone.id, gone.amount, key="r", staff=world.su, at=world.at)
    browser = as_member(world.xin)
    assert "已经退款" in text(browser.get(claim_path(gone)))
    assert browser.post(claim_path(gone)).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: world.at + 8 * DAY)
    assert "过了领取时间" in text(browser.get(path))
    assert browser.post(path).status_code == 422
    assert balance(world.xin) == (0, 0, 0)


def test_an_altered_claim_is_not_there(world: World, as_member: AsMember) -> None:
    purchase = bill(world)
    for token in (purchase.code, purchases.claim_token(purchase)[:-4] + "xxxx", "x" * 500, "%00"):
        answer = as_member(world.xin).get(f"/claim/{token}")
        assert answer.status_code == 404
        assert "Traceback" not in text(answer)


def test_nobody_claims_a_bill_they_rang_up_themselves(world: World, as_member: AsMember) -> None:
    world.chen.member = world.xin
    world.chen.save()
    assert as_member(world.xin).post(claim_path(bill(world))).status_code == 422
    assert balance(world.xin) == (0, 0, 0)


def test_a_hold_that_is_over_is_not_shown_as_pending(
    world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=NOON)
    phone = as_member(world.mei)
    assert "正在兑换" in phone.get("/points").text
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * clock.MINUTE)
    page = phone.get("/points").text
    assert "正在兑换" not in page
    assert "1\u202f280" in page
    assert world.fresh(world.mei).held == 0


def test_home_shows_points_that_have_come_back(
    world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=NOON)
    phone = as_member(world.mei)
    assert "200 分正在兑换" in phone.get("/").text
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * clock.MINUTE)
    assert "正在兑换" not in phone.get("/").text
