"""Members' doors to care: the inbox and its dial, tips, and the thanks wall."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Budget, Consent, Member, Message, Rule, Send, Thanks
from tests.care.test_thanks import LATER, WORDS, asked
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.care import articles, budget, fields, library, thanks
from webapp.outbox import inbox
from webapp.stores import settings


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


def agree(member: Member) -> None:
    Consent.create(member=member.id, purpose="marketing", granted=True, text_version="1", source="join", at=NOON)


def written(world: World, member: Member | None = None) -> Send:
    """A message of care as the sending writes it: a row of the inbox and the row that proves it."""
    mine = member or world.mei
    rule = Rule.create(brand=world.brand.id, kind="need", texts=library.TEXTS["need"], made_at=NOON)
    params = fields.packed(rule, {"name": "林小满", "store": world.bath.name}, world.bath.timezone)
    sent = Message.create(member=mine.id, kind="care", text="care", params=params, url="/book", key="c1", at=NOON)
    return Send.create(
        rule=rule.id, member=mine.id, occasion="away", state="sent", month=202605, counted=True, message=sent.id, at=NOON
    )  # fmt: skip


@pytest.fixture
def mei(world: World, as_member: AsMember) -> FlaskClient:
    return as_member(world.mei)


# --- the inbox ---------------------------------------------------------------------------------------------------------


def test_service_and_care_are_apart_and_each_says_why_it_came(world: World, mei: FlaskClient) -> None:
    written(world)
    inbox.tell(world.mei.id, "points_given", NOON, key="k", points=48, amount=4860, store=world.bath.name)
    service, care = text(mei.get("/inbox?of=service")), text(mei.get("/inbox?of=care"))
    assert "到账 48 分" in service
    assert "一切都好吗" not in service
    assert "因为你刚在店里结了账" in service
    assert "一切都好吗" in care
    assert "因为有一阵没见到你了，想问候一声" in care
    assert "到账 48 分" not in care


def test_only_what_was_looked_at_counts_as_read(world: World, mei: FlaskClient) -> None:
    sent = written(world)
    inbox.tell(world.mei.id, "points_given", NOON, key="k", points=48, amount=4860, store=world.bath.name)
    mei.get("/inbox?of=service")
    assert Message.get(Message.kind == "care").read_at is None
    assert world.fresh(sent).opened_at is None
    mei.get("/inbox?of=care")
    assert Message.get(Message.kind == "care").read_at == NOON
    assert world.fresh(sent).opened_at == NOON


def test_the_inbox_opens_where_the_news_is(world: World, mei: FlaskClient) -> None:
    assert "还没有消息" in text(mei.get("/inbox"))
    written(world)
    assert "一切都好吗" in text(mei.get("/inbox"))
    inbox.tell(world.mei.id, "points_given", NOON, key="k", points=48, amount=4860, store=world.bath.name)
    assert "到账 48 分" in text(mei.get("/inbox"))
    assert "还没有消息" in text(mei.get("/inbox?of=nonsense")) or "到账 48 分" in text(mei.get("/inbox?of=nonsense"))


def test_a_thing_in_care_of_somebody_else_is_not_mine(world: World, as_member: AsMember) -> None:
    sent = written(world)
    assert "一切都好吗" not in text(as_member(world.xin).get("/inbox?of=care"))
    assert world.fresh(sent).opened_at is None


# --- the dial ----------------------------------------------------------------------------------------------------------


def test_the_dial_says_how_many_of_this_months_are_used(world: World, mei: FlaskClient) -> None:
    agree(world.mei)
    written(world)
    assert "这个月用了 1 条，最多 2 条" in text(mei.get("/inbox?of=care"))
    answer = mei.post("/inbox/budget", data={"per_month": "1"}, htmx=True)
    assert "这个月用了 1 条，最多 1 条" in text(answer)
    assert budget.of(world.mei, NOON).per_month == 1


def test_zero_is_kept_and_said_to_be_no_loss(world: World, mei: FlaskClient) -> None:
    agree(world.mei)
    assert mei.post("/inbox/budget", data={"per_month": "0"}).location == "/inbox?of=care"
    assert "到账和预约的通知照常" in text(mei.get("/inbox?of=care"))
    assert Budget.get().per_month == 0


def test_turned_down_by_itself_it_is_said_and_turned_back_with_a_tap(world: World, mei: FlaskClient) -> None:
    agree(world.mei)
    Budget.create(member=world.mei.id, per_month=1, quieted_at=NOON)
    assert "我们就自己少写了一些" in text(mei.get("/inbox?of=care"))
    page = text(mei.post("/inbox/budget", data={"per_month": "2"}, htmx=True))
    assert "自己少写" not in page
    assert Budget.get().quieted_at is None


@pytest.mark.parametrize("wrong", ["3", "-1", "x", ""])
def test_any_other_number_changes_nothing(wrong: str, world: World, mei: FlaskClient) -> None:
    agree(world.mei)
    assert mei.post("/inbox/budget", data={"per_month": wrong}).status_code == 422
    assert mei.post("/inbox/budget", data={"per_month": wrong}, htmx=True).status_code == 422
    assert Budget.select().count() == 0


def test_without_a_yes_to_offers_there_is_no_dial_but_the_way_to_it(mei: FlaskClient) -> None:
    page = text(mei.get("/inbox?of=care"))
    assert "per_month" not in page
    assert "/me/privacy" in page


def test_the_dial_is_for_members(visitor: FlaskClient, mei: FlaskClient) -> None:
    assert visitor.get("/inbox").status_code == 303
    assert visitor.post("/inbox/budget", data={"per_month": "0"}).status_code == 303
    assert mei.get("/inbox/budget").status_code == 405


# --- tips --------------------------------------------------------------------------------------------------------------


def test_anybody_may_read_tips_in_their_language(world: World, visitor: FlaskClient) -> None:
    page = text(visitor.get("/tips"))
    assert "泡汤前后，五件小事" in page
    english = visitor.get("/tips", headers={"Accept-Language": "en"})
    assert "Five small things before and after a bath" in text(english)
    row = articles.everything(world.brand)[0]
    assert "出来歇一歇" in text(visitor.get(f"/tips/{row.id}"))


def test_a_tip_that_is_not_shown_is_not_there(world: World, visitor: FlaskClient) -> None:
    articles.fill(world.brand, NOON)
    row = articles.everything(world.brand)[0]
    articles.hide(row, world.lin, NOON)
    for number in (row.id, 999_999, 2**31):
        assert visitor.get(f"/tips/{number}").status_code == 404
    assert row.title["zh"] not in text(visitor.get("/tips"))


def test_tips_fit_the_shop_in_hand(world: World, as_member: AsMember) -> None:
    member = as_member(world.mei)
    member.set_cookie("store", "bath")
    page = text(member.get("/tips"))
    assert "泡汤前后" in page
    assert "大衣收起来之前" not in page


def test_the_group_is_linked_where_the_shop_has_one(world: World, mei: FlaskClient) -> None:
    assert "进店里的群" not in text(mei.get("/tips"))
    settings.set_group(world.bath, "https://work.example/g", world.lin, NOON)
    for address in ("/tips", "/inbox?of=care"):
        page = text(mei.get(address))
        assert 'href="https://work.example/g"' in page, address


# --- the thanks wall ---------------------------------------------------------------------------------------------------


def test_the_wall_is_for_everybody_and_empty_without_a_yes(world: World, visitor: FlaskClient) -> None:
    asked(world)
    for address in ("/thanks", "/s/bath/thanks"):
        assert "墙上还空着" in text(visitor.get(address))
    thanks.agree(Thanks.get(), "南门的老林", LATER)
    for address in ("/thanks", "/s/bath/thanks"):
        page = text(visitor.get(address))
        assert WORDS in page
        assert "南门的老林" in page
        assert "林小满" not in page
    assert WORDS not in text(visitor.get("/s/laundry/thanks"))
    assert visitor.get("/s/nowhere/thanks").status_code == 404


def test_the_member_decides_under_which_name(world: World, mei: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    code = asked(world).code
    monkeypatch.setattr(clock, "now", lambda: LATER)
    assert WORDS in text(mei.get(f"/thanks/{code}"))
    for called, sign, shown in (("nobody", "x", ""), ("name", "x", "林小满"), ("own", "老林", "老林")):
        assert mei.post(f"/thanks/{code}/consent", data={"called": called, "sign": sign}).status_code == 303
        assert Thanks.get().sign == shown
    assert "已经挂在墙上了" in text(mei.get(f"/thanks/{code}"))
    mei.post(f"/thanks/{code}/refusal")
    assert thanks.wall() == []
    assert "好的，不挂" in text(mei.get(f"/thanks/{code}"))


def test_a_name_that_is_too_long_is_still_there_to_mend(world: World, mei: FlaskClient) -> None:
    code = asked(world).code
    answer = mei.post(f"/thanks/{code}/consent", data={"called": "own", "sign": "长" * 21})
    assert answer.status_code == 422
    assert "长" * 21 in text(answer)
    assert mei.post(f"/thanks/{code}/consent", data={"called": "boss"}).status_code == 422
    assert Thanks.get().agreed_at is None


def test_what_another_member_said_is_not_there(world: World, as_member: AsMember, visitor: FlaskClient) -> None:
    code = asked(world).code
    xin = as_member(world.xin)
    assert xin.get(f"/thanks/{code}").status_code == 404
    assert xin.post(f"/thanks/{code}/consent", data={"called": "nobody"}).status_code == 404
    assert xin.post(f"/thanks/{code}/refusal").status_code == 404
    assert visitor.get(f"/thanks/{code}").status_code == 303
    assert xin.get(f"/thanks/{code}/consent").status_code == 405
    assert Thanks.get().agreed_at is None


def test_staff_ask_and_take_down(world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(world)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    chen, su, bo = as_staff(world.chen), as_staff(world.su), as_staff(world.bo)
    assert "问过了，等回音" in text(chen.get("/desk/care/thanks"))
    thanks.agree(found, "", LATER)
    assert chen.post(f"/desk/care/thanks/{found.code}/hiding").status_code == 403
    assert bo.post("/desk/care/thanks", data={"key": found.key}).status_code == 404
    assert "拿下来的" in text(su.post(f"/desk/care/thanks/{found.code}/hiding", htmx=True))
    assert thanks.wall() == []
    assert "挂着的" in text(su.post(f"/desk/care/thanks/{found.code}/showing", htmx=True))
    assert su.post("/desk/care/thanks/NOSUCH/showing").status_code == 404
    assert chen.post("/desk/care/thanks", data={"key": ""}).status_code == 422


def test_a_taken_back_yes_cannot_be_put_up_by_the_shop(
    world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(world)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    thanks.refuse(found, LATER)
    answer = as_staff(world.su).post(f"/desk/care/thanks/{found.code}/showing", htmx=True)
    assert answer.status_code == 422
    assert "客人没有点头" in text(answer)
