"""The desk's doors to rules of care and tips: read, switched, edited, tried dry, previewed."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Article, Consent, Event, Letter, Member, Message, Reward, Rule, RuleRun, Send, Shelf, database
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock, policy
from webapp.care import board, rules
from webapp.clock import DAY

TICKET = {"ticket": "a ticket of the desk"}
IN_THREE_DAYS = 523  # 23 May


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def lin(world: World, as_staff: AsStaff) -> FlaskClient:
    """The manager's tablet, with the rules that came with the program."""
    rules.fill(world.brand, NOON)
    return as_staff(world.lin)


def of(kind: str) -> Rule:
    return Rule.get(Rule.kind == kind)


def agree(*members: Member) -> None:
    for one in members:
        Consent.create(member=one.id, purpose="marketing", granted=True, text_version="1", source="join", at=NOON)


def typed(rule: Rule, **changed: Any) -> dict[str, Any]:
    """The rule's form as it stands on the page."""
    texts = {f"{lang}_{part}": said for lang, both in rule.texts.items() for part, said in both.items()}
    goes = {"template": rule.template_id or 0, "reward": rule.reward_id or 0, "segment": rule.segment_id or 0}
    params: dict[str, Any] = rule.params
    return TICKET | texts | params | goes | {"holdout": rule.holdout, "name": ""} | changed


# --- the list ----------------------------------------------------------------------------------------------------------


def test_every_rule_is_a_sentence_and_off_at_first(lin: FlaskClient) -> None:
    page = text(lin.get("/desk/care"))
    assert "生日前 3 天祝贺，那几天积分 2 倍" in page
    assert 'aria-checked="true"' not in page
    assert page.count('aria-checked="false"') == Rule.select().count() == 16


@pytest.mark.usefixtures("lin")
def test_the_page_asks_as_much_for_many_rules_as_for_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    few = _questions(world, monkeypatch)
    for rule in rules.of(world.brand):
        rules.switch(rule, True, world.lin, NOON)
        Rule.update(reward=world.towel.id).where(Rule.id == rule.id).execute()
    assert _questions(world, monkeypatch) <= few + 1


def _questions(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    asked: list[str] = []
    real = database.obj.execute_sql

    def heard(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return real(sql, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(database.obj, "execute_sql", heard)
        assert all(line.sentence for line in board.lines(world.brand, NOON))
    return len(asked)


def test_a_tap_switches_it_on_and_another_one_off(lin: FlaskClient) -> None:
    rule = of("birthday")
    part = text(lin.post(f"/desk/care/rules/{rule.id}/running", data={"on": "1"}, htmx=True))
    assert 'aria-checked="true"' in part
    assert part.count("<li") == 1
    assert of("birthday").on_since == NOON
    assert lin.post(f"/desk/care/rules/{rule.id}/running", data={"on": "0"}).location.startswith("/desk/care#")
    assert of("birthday").on_since is None
    assert lin.post(f"/desk/care/rules/{rule.id}/running", data={"on": "perhaps"}).status_code == 422


def test_the_line_says_what_came_of_it_only_where_there_are_enough(world: World, lin: FlaskClient) -> None:
    rule = rules.switch(of("need"), True, world.lin, NOON - 40 * DAY)
    people = [world.member(f"客{n}") for n in range(40)]
    for n, member in enumerate(people):
        state = "sent" if n < 19 else "held_out"
        came = NOON - 20 * DAY if n < 10 or n in (20, 21) else None
        Send.create(rule=rule.id, member=member.id, occasion="x", state=state, month=202605, at=NOON - 21 * DAY, visited_at=came)  # fmt: skip
    page = text(lin.get("/desk/care"))
    assert "近来写给 19 位，10 位两周里来了" in page
    assert "%" not in page.split("近来写给")[1][:30]
    Send.create(rule=rule.id, member=world.mei.id, occasion="x", state="sent", month=202605, at=NOON - 21 * DAY)
    page = text(lin.get("/desk/care"))
    assert "近来写给 20 位，50% 两周里来了 · 没写的 10% 也来了" in page
    one = text(lin.get(f"/desk/care/rules/{rule.id}"))
    assert "10 / 20 位" in one
    assert "每一百位里多来了 40 位" in one


def test_a_rule_that_did_not_run_is_shouted_out(world: World, lin: FlaskClient) -> None:
    rule = rules.switch(of("need"), True, world.lin, NOON - 3 * DAY)
    assert "后台有两天没跑了" in text(lin.get("/desk/care"))
    day = clock.day_number(NOON, world.bath.timezone)
    RuleRun.create(rule=rule.id, day=day, counts={"sent": 4}, done_at=NOON - 600)
    page = text(lin.get("/desk/care"))
    assert "没跑" not in page
    assert "写给 4 位" in page
    assert '<b class="num">4</b>' in page


# --- one rule ----------------------------------------------------------------------------------------------------------


def test_new_words_are_a_new_version(world: World, lin: FlaskClient) -> None:
    rule = of("need")
    answer = lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, zh_text="{name}，好久不见。", after="60"))
    assert answer.location == f"/desk/care/rules/{rule.id}?saved=1"
    now = of("need")
    assert (now.version, now.texts["zh"]["text"], now.params["after"]) == (2, "{name}，好久不见。", 60)
    assert now.texts["en"] == rule.texts["en"]
    lin.post(f"/desk/care/rules/{rule.id}", data=typed(now))
    assert of("need").version == 2


@pytest.mark.parametrize(
    ("field", "wrong", "says"),
    [
        ("zh_text", "{name}，{gifts}给你", "没有 {gifts} 这个字段"),
        ("en_text", "{name} {", "花括号没有配成对"),
        ("zh_title", "", "标题和正文都要写"),
        ("after", "9999", "要在 7 和 365 之间"),
        ("after", "soon", "请填写数字"),
        ("holdout", "80", "数字超出范围"),
        ("zh_text", "字" * 401, "太长了"),
    ],
)
def test_what_cannot_be_stays_beside_its_field(field: str, wrong: str, says: str, lin: FlaskClient) -> None:
    rule = of("need")
    answer = lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, **{field: wrong}))
    assert answer.status_code == 422
    page = text(answer)
    assert says in page
    assert wrong in page
    assert of("need").version == 1


def test_another_brands_reward_or_a_made_up_segment_is_not_there(lin: FlaskClient) -> None:
    rule = of("need")
    for key in ("reward", "template", "segment"):
        assert lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, **{key: "99999"})).status_code == 404
    assert of("need").version == 1


def test_festivals_are_chosen_by_taps(lin: FlaskClient) -> None:
    rule = of("festival")
    lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, festivals=["spring", "mid_autumn"]))
    assert of("festival").params["festivals"] == ["spring", "mid_autumn"]
    answer = lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, festivals=["my birthday"]))
    assert answer.status_code == 422


def test_one_more_of_a_kind_is_off_and_can_be_put_away(world: World, lin: FlaskClient) -> None:
    made = lin.post("/desk/care/rules", data={"kind": "news"})
    new = Rule.select().where(Rule.kind == "news").order_by(Rule.id.desc()).get()
    assert made.location == f"/desk/care/rules/{new.id}"
    assert new.on_since is None
    lin.post(f"/desk/care/rules/{new.id}/retirement")
    assert lin.get(f"/desk/care/rules/{new.id}").status_code == 404
    assert lin.post("/desk/care/rules", data={"kind": "spam"}).status_code == 422
    assert Event.select().where(Event.verb == "care_rule_retired").count() == 1


# --- dry, and how it reads ---------------------------------------------------------------------------------------------


def birthdays(world: World) -> list[Member]:
    """Three have their birthday in three days: one agreed, one did not, and one waits for an answer."""
    people = [world.member(name, birthday=IN_THREE_DAYS) for name in ("阿一", "阿二", "阿三")]
    agree(people[0], people[2])
    Member.update(care_since=NOON - DAY).where(Member.id == people[2].id).execute()
    return people


def test_a_dry_run_says_whom_it_would_reach_and_why_not_the_others(world: World, lin: FlaskClient) -> None:
    birthdays(world)
    page = text(lin.get(f"/desk/care/rules/{of('birthday').id}/dry"))
    assert "会写给" in page
    assert "阿一" in page
    for why in ("没有同意收优惠消息", "有投诉还没办完"):
        assert f"<dt>{why}</dt>" in page
    short = text(lin.get(f"/desk/care/rules/{of('birthday').id}/dry?short=1", htmx=True))
    assert short.strip() == "现在还会写给 1 位 · 2 位不写"
    assert Message.select().count() == Letter.select().count() == Send.select().count() == 0


def test_the_preview_is_of_a_real_member_and_keeps_nothing(world: World, lin: FlaskClient) -> None:
    one = birthdays(world)[0]
    rule = of("birthday")
    assert "阿一，3天后是你的生日" in text(lin.get(f"/desk/care/rules/{rule.id}"))
    sent = typed(rule, zh_text="{name}，{day}见。", member=one.code)
    part = text(lin.post(f"/desk/care/rules/{rule.id}/preview", data=sent, htmx=True))
    assert "阿一，3天后见。" in part
    assert "<html" not in part
    assert of("birthday").version == 1
    refused = lin.post(f"/desk/care/rules/{rule.id}/preview", data=typed(rule, zh_text="{nmae}"), htmx=True)
    assert refused.status_code == 422


def test_where_it_is_nobodys_turn_the_days_are_made_up(lin: FlaskClient) -> None:
    for rule in Rule.select():
        page = text(lin.get(f"/desk/care/rules/{rule.id}"))
        assert "里面的日子是举例" in page or 'name="member"' in page, rule.kind
        assert 'class="care-bubble"' in page, rule.kind
        bubbles = page.split('id="preview"')[1].split("</div>")[0]
        assert "{" not in bubbles, rule.kind


def test_a_gift_is_chosen_and_named_in_the_sentence(world: World, lin: FlaskClient) -> None:
    rule = of("birthday")
    lin.post(f"/desk/care/rules/{rule.id}", data=typed(rule, reward=str(world.towel.id)))
    assert "留一份「纯棉浴巾」" in text(lin.get("/desk/care"))
    assert Shelf.get(Shelf.reward == world.towel.id).stock == 5
    assert Reward.select().count() == 4


def test_clerks_read_managers_change(world: World, lin: FlaskClient, as_staff: AsStaff, visitor: FlaskClient) -> None:
    chen, rule = as_staff(world.chen), of("need")
    page = text(chen.get("/desk/care"))
    assert "关着" in page
    assert "/desk/care/rules" not in page
    for door in (f"/desk/care/rules/{rule.id}", f"/desk/care/rules/{rule.id}/dry", "/desk/care/tips"):
        assert chen.get(door).status_code == 403, door
    for door in ("running", "preview", "retirement"):
        assert chen.post(f"/desk/care/rules/{rule.id}/{door}", data={"on": "1"}).status_code == 403, door
    assert visitor.get("/desk/care").status_code == 303
    assert lin.get("/desk/care/rules/999999").status_code == 404
    assert lin.get(f"/desk/care/rules/{rule.id}/running").status_code == 405


# --- tips --------------------------------------------------------------------------------------------------------------


def tip(**changed: Any) -> dict[str, Any]:
    return TICKET | {"title": "先冲脚", "text": "冲干净\n再下水", "season": ["heat"], "shop": ["bath"]} | changed


def test_a_tip_is_written_shown_and_put_away(lin: FlaskClient) -> None:
    assert "泡汤前后，五件小事" in text(lin.get("/desk/care/tips"))
    assert lin.get("/desk/care/tips/new").status_code == 200
    lin.post("/desk/care/tips", data=tip(title_en="Feet first", text_en="Rinse\nthen bathe"))
    made = Article.select().order_by(Article.id.desc()).get()
    assert (made.title, made.seasons, made.shown_at) == ({"zh": "先冲脚", "en": "Feet first"}, ["heat"], None)
    lin.post(f"/desk/care/tips/{made.id}/showing")
    assert Article.get_by_id(made.id).shown_at == NOON
    lin.post(f"/desk/care/tips/{made.id}", data=tip(title="先冲冲脚"))
    assert "先冲冲脚" in text(lin.get(f"/desk/care/tips/{made.id}"))
    lin.post(f"/desk/care/tips/{made.id}/hiding")
    lin.post(f"/desk/care/tips/{made.id}/retirement")
    assert lin.get(f"/desk/care/tips/{made.id}").status_code == 404


def test_a_tip_without_words_keeps_what_was_typed(lin: FlaskClient) -> None:
    answer = lin.post("/desk/care/tips", data=tip(title="", text_en="Only this", season=["rain"]))
    assert answer.status_code == 422
    page = text(answer)
    assert "Only this" in page
    assert 'value="rain" checked' in page
    assert lin.post("/desk/care/tips", data=tip(text="字" * 1300)).status_code == 422


def test_the_groups_address_must_be_one(world: World, lin: FlaskClient) -> None:
    answer = lin.post("/desk/care/group", data=TICKET | {"group_url": "http://plain.example"})
    assert answer.status_code == 422
    assert "http://plain.example" in text(answer)
    assert "网址像这样写" in text(answer)
    assert lin.post("/desk/care/group", data=TICKET | {"group_url": "https://g.example/1"}).status_code == 303
    assert policy.of(world.fresh(world.bath)).group_url == "https://g.example/1"
