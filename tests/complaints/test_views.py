"""Members' doors to cases: telling in two steps, one's own case and nobody else's, a slip's case by its key, and nothing internal anywhere."""

import io
import re

import pytest
from flask.testing import FlaskClient

from models import Case, CaseEntry, Cause, Coupon, Improvement, LedgerLine, Member, Message
from tests.kit.doors import AsMember
from tests.photos.images import jpeg
from tests.world import NOON, World
from webapp import front
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, ladder, offers, slips
from webapp.complaints.cases import Report

TICKET = "0123456789abcdef"
HARM = "<script>alert(1)</script>"


def tell(client: FlaskClient, *, query: str = "store=bath", **fields: str) -> object:
    sent = {
        "ticket": TICKET,
        "kind": "complaint",
        "category": "attitude",
        "wish": "explain",
        "text": "前台说话很冲",
    } | fields
    return client.post(f"/complaints/new?{query}", data=sent)


def case_of(member: Member, world: World, **fields: str) -> Case:
    told = {"kind": "complaint", "category": "attitude", "text": "前台说话很冲"} | fields
    return cases.report(world.bath, Report(key=f"k{member.id}", **told), NOON, member=member)  # type: ignore[arg-type]


def words(client: FlaskClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.get_data(as_text=True)


def test_first_which_of_four_then_a_few_words(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    assert "急事" in words(client, "/complaints/new?store=bath")
    assert "你希望我们" in words(client, "/complaints/new?store=bath&kind=complaint")
    assert "你希望我们" not in words(client, "/complaints/new?store=bath&kind=praise")


def test_told_it_shows_a_name_and_four_dates(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    answer = tell(client)
    case = Case.get()
    assert answer.location == f"/complaints/{case.code}"  # type: ignore[attr-defined]
    page = words(client, f"/complaints/{case.code}")
    assert f"{case.owner.name}在办" in page
    assert page.count("最晚") == 4
    assert "14:15" in page
    assert "前台说话很冲" in words(client, f"/complaints/{case.code}")


def test_sent_twice_it_is_one_case(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    assert tell(client).location == tell(client).location  # type: ignore[attr-defined]
    assert Case.select().count() == 1


def test_a_visitor_gets_a_key_and_nobody_reads_it_without(
    visitor: FlaskClient, as_member: AsMember, world: World
) -> None:
    answer = tell(visitor, guest="王女士")
    case = Case.get()
    assert answer.location == f"/complaints/{case.code}?t={slips.token(case)}"  # type: ignore[attr-defined]
    assert "存好" in words(visitor, answer.location)  # type: ignore[attr-defined]
    assert visitor.get(f"/complaints/{case.code}").status_code in (302, 303, 401)
    assert visitor.get(f"/complaints/{case.code}?t=wrong").status_code == 404
    assert as_member(world.mei).get(f"/complaints/{case.code}").status_code == 404


def test_a_members_case_opens_with_no_key_at_all(visitor: FlaskClient, world: World) -> None:
    case = case_of(world.mei, world)
    assert visitor.get(f"/complaints/{case.code}?t={slips.token(case)}").status_code == 404


@pytest.mark.parametrize("door", ["", "/part", "/words", "/closing", "/reopening", "/rating", "/photos"])
def test_somebody_elses_case_is_not_there(door: str, as_member: AsMember, world: World) -> None:
    case = case_of(world.xin, world)
    client = as_member(world.mei)
    address = f"/complaints/{case.code}{door}"
    answer = (
        client.get(address) if door in ("", "/part") else client.post(address, data={"ticket": TICKET, "text": "x"})
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "请写几个字"),
        ({"text": "长" * 2001}, "最多写 2000 个字"),
        ({"kind": "rating"}, ""),
        ({"category": "nonsense"}, ""),
        ({"kind": "urgent", "category": "price"}, "请选是哪一种急事"),
    ],
    ids=["empty", "long", "kind", "category", "not urgent"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    fields: dict[str, str], said: str, as_member: AsMember, world: World
) -> None:
    answer = tell(as_member(world.mei), **({"text": "保留这句话"} | fields))
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    assert said in page
    if "text" not in fields and "kind" not in fields:
        assert "保留这句话" in page
    assert Case.select().count() == 0


def test_html_is_text(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    tell(client, text=HARM)
    page = words(client, f"/complaints/{Case.get().code}")
    assert HARM not in page
    assert "&lt;script&gt;" in page


def test_no_page_of_a_member_shows_a_note(as_member: AsMember, world: World) -> None:
    case = case_of(world.mei, world)
    cases.say(case, "这位客人上次也这样，内部备注", NOON + MINUTE, key="n", staff=world.chen, kind="note")
    cases.say(case, "马上去问", NOON + MINUTE, key="a", staff=world.chen)
    client, seen, todo = as_member(world.mei), set(), ["/", "/complaints", "/inbox", "/me", "/board", "/coupons"]
    while todo and len(seen) < 120:
        address = todo.pop()
        seen.add(address)
        answer = client.get(address)
        if answer.status_code in (301, 302, 303):
            todo += [answer.location] if answer.location.startswith("/") and answer.location not in seen else []
        text = answer.get_data(as_text=True)
        assert "内部备注" not in text, address
        links = {link.replace("&amp;", "&") for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)"', text)}
        todo += sorted(
            link for link in links if link not in seen and not link.startswith(("/static", "/desk", "/sign-out"))
        )
    assert f"/complaints/{case.code}" in seen
    assert "内部备注" not in client.get("/me/export").get_data(as_text=True)


def test_a_line_is_said_once_however_often_it_is_sent(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    for _ in range(2):
        client.post(f"/complaints/{case.code}/words", data={"ticket": TICKET, "text": "下午三点的事"})
    assert CaseEntry.select().count() == 2
    assert "下午三点的事" in words(client, f"/complaints/{case.code}")


def test_an_offer_is_taken_with_one_tap(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    offer = offers.make(case, world.lin, "coupon", 3000, 0, "下次用", NOON + MINUTE, key="o")
    assert "¥30" in words(client, f"/complaints/{case.code}")
    for _ in range(2):
        answer = client.post(f"/complaints/{case.code}/offers/{offer.code}/acceptance")
        assert answer.status_code == 303
    assert Coupon.get().amount == 3000
    assert "¥30" in words(client, "/coupons")


def test_or_talked_about(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    offer = offers.make(case, world.lin, "points", 0, 50, "", NOON + MINUTE, key="o")
    door = f"/complaints/{case.code}/offers/{offer.code}/talk"
    assert client.post(door, data={"ticket": TICKET, "text": ""}).status_code == 422
    assert client.post(door, data={"ticket": TICKET, "text": "希望重做一次"}).status_code == 303
    assert world.fresh(offer).state == "discussed"


def test_settled_rated_and_opened_again(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    cause = Cause.create(brand=world.brand.id, name={"zh": "说话方式"})
    closing.propose(case, world.lin, cause, "前台每周练一次", "", NOON, key="p")
    assert "前台每周练一次" in words(client, f"/complaints/{case.code}")
    assert client.post(f"/complaints/{case.code}/closing").status_code == 303
    assert client.post(f"/complaints/{case.code}/rating", data={"handling": "5"}).status_code == 422
    assert client.post(f"/complaints/{case.code}/rating", data={"handling": "5", "care": "4"}).status_code == 303
    assert world.fresh(case).care == 4
    door = f"/complaints/{case.code}/reopening"
    assert client.post(door, data={"ticket": TICKET, "text": "又来了"}).status_code == 303
    assert world.fresh(case).state == "open"


def test_a_missed_promise_is_said_with_the_apology_and_the_coupon(as_member: AsMember, world: World) -> None:
    case = case_of(world.mei, world)
    ladder.sweep(NOON + HOUR)
    page = words(as_member(world.mei), f"/complaints/{case.code}")
    assert "对不起" in page
    assert "¥5" in page
    assert "苏姐在办" in page


def test_while_nothing_changed_the_poll_costs_nothing(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    page = words(client, f"/complaints/{case.code}")
    found = re.search(r'hx-get="/complaints/\w+/part\?pulse=([^"&]+)', page)
    assert found is not None
    assert front.unchanged(found[1], NOON)
    cases.say(case, "内部", NOON, key="n", staff=world.chen, kind="note")
    assert front.unchanged(found[1], NOON)
    cases.say(case, "马上去问", NOON, key="a", staff=world.chen)
    assert not front.unchanged(found[1], NOON)


def test_a_picture_goes_to_what_was_said_and_the_same_one_once(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    for _ in range(2):
        answer = client.post(f"/complaints/{case.code}/photos", data={"photo": (io.BytesIO(jpeg()), "a.jpg")})
        assert answer.status_code == 303, answer.get_data(as_text=True)
    page = words(client, f"/complaints/{case.code}")
    assert page.count('<figure class="photo">') == 1
    photo = re.search(r'src="(/photos/[^"]+)"', page)
    assert photo is not None
    assert client.get(photo[1]).status_code == 200
    assert as_member(world.xin).get(photo[1]).status_code == 404


def test_what_it_is_about_must_be_ones_own(as_member: AsMember, world: World) -> None:
    line = LedgerLine.get(LedgerLine.member == world.mei.id)
    assert "关于" in words(as_member(world.mei), f"/complaints/new?store=bath&kind=complaint&about=line&ref={line.id}")
    tell(as_member(world.mei), query=f"store=bath&about=line&ref={line.id}")
    assert (Case.get().about, Case.get().ref) == ("line", str(line.id))
    tell(as_member(world.xin), query=f"store=bath&about=line&ref={line.id}")
    assert Case.get(Case.member == world.xin.id).about == ""


def test_home_shows_the_case_that_needs_me(as_member: AsMember, world: World) -> None:
    case, client = case_of(world.mei, world), as_member(world.mei)
    assert "店里在等你回一句" not in words(client, "/")
    cases.say(case, "是几点的事？", NOON, key="q", staff=world.chen, kind="question")
    assert "店里在等你回一句" in words(client, "/")


def test_the_board_shows_what_was_changed_and_no_name(visitor: FlaskClient, world: World) -> None:
    Improvement.create(
        store=world.bath.id,
        said="更衣室地上滑",
        did="换了防滑垫",
        theme="environment",
        made_at=NOON - DAY,
        shown_at=NOON,
    )
    Improvement.create(store=world.bath.id, said="还没写好", did="草稿", made_at=NOON)
    for address in ("/s/bath/board", "/s/bath/board/screen"):
        page = words(visitor, address)
        assert "换了防滑垫" in page
        assert "草稿" not in page
    assert visitor.get("/s/nowhere/board").status_code == 404


def test_the_list_shows_where_each_stands(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    assert "还没有告诉过我们什么" in words(client, "/complaints")
    case_of(world.mei, world)
    assert "在办" in words(client, "/complaints")


def test_the_inbox_leads_to_it(as_member: AsMember, world: World) -> None:
    case = case_of(world.mei, world)
    assert Message.get(Message.text == "case_opened").member_id == world.mei.id
    assert f"/complaints/{case.code}" in words(as_member(world.mei), "/inbox")
