"""The wallet on the phone: what is there, a word from a poster, "use it now" live on both screens, and a neighbour's page that knows nobody."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Coupon, CouponCode, Partner, Voucher, Work
from tests.kit.doors import AsMember, AsStaff
from tests.offers.shelf import template
from tests.world import NOON, World
from webapp import clock, front, pairs
from webapp.clock import DAY, MINUTE
from webapp.members import consents
from webapp.offers import partners
from webapp.prices import codes, coupons


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def phone(world: World, as_member: AsMember) -> FlaskClient:
    return as_member(world.mei)


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


@pytest.fixture
def mine(world: World) -> Coupon:
    return coupons.issue(template(world), world.mei, world.bath, NOON, key="k", trigger="hand")


@pytest.fixture
def word(world: World) -> CouponCode:
    return codes.put(template(world, name={"zh": "夏天券"}), codes.Draft("SUMMER5"), NOON)


def test_an_empty_wallet_says_so_and_still_takes_a_word(phone: FlaskClient) -> None:
    page = text(phone.get("/coupons"))
    assert "现在没有券" in page
    assert 'name="code"' in page


def test_usable_used_and_gone_each_as_a_sentence(world: World, phone: FlaskClient, mine: Coupon) -> None:
    coupons.use(coupons.give(world.mei, world.bath, 700, "late", NOON, key="u"), world.bath, world.chen, NOON)
    coupons.give(world.mei, world.bath, 900, "goodwill", NOON - 100 * DAY, key="g")
    page = text(phone.get("/coupons"))
    assert "任何一单都减 ¥5，有效到6月19日" in page
    assert page.index("用过的") < page.index("¥7") < page.index("过期的") < page.index("¥9")


def test_the_wallet_asks_the_same_few_questions_however_full(world: World, phone: FlaskClient, mine: Coupon) -> None:
    phone.get("/coupons")
    with count_queries() as few:
        phone.get("/coupons")
    for n in range(12):
        coupons.give(world.mei, world.bath, 500, "late", NOON, key=f"m{n}")
    with count_queries() as many:
        phone.get("/coupons")
    assert many.count == few.count


def test_a_word_on_a_poster_is_in_its_field_already(phone: FlaskClient, word: CouponCode) -> None:
    assert 'value="SUMMER5"' in text(phone.get("/coupons?code=summer5"))
    got = phone.post("/coupons", data={"code": "summer5"})
    assert got.status_code == 303
    assert "领到了" in text(phone.get(got.headers["Location"]))
    assert Coupon.get().trigger == "code"


def test_a_wrong_word_stays_typed_with_the_reason(phone: FlaskClient, word: CouponCode) -> None:
    refused = phone.post("/coupons", data={"code": "WINTER"}, htmx=True)
    assert refused.status_code == 422
    assert 'value="WINTER"' in text(refused)
    assert "没有这个口令" in text(refused)
    assert phone.post("/coupons", data={"code": "x" * 200}).status_code == 422
    assert Coupon.select().count() == 0


def test_used_now_on_the_phone_taken_on_the_tablet(phone: FlaskClient, tablet: FlaskClient, mine: Coupon) -> None:
    assert "现在用" in text(phone.get(f"/coupons/{mine.code}"))
    held = text(phone.post(f"/coupons/{mine.code}/hold", htmx=True))
    spoken = pairs.spoken(Coupon.get().pair, "zh")
    card = text(tablet.get(f"/desk/coupons/{mine.code}"))
    queue = text(tablet.get("/desk/"))
    for word_ in spoken:
        assert word_ in held
        assert word_ in card
        assert word_ in queue
    pulse = re.search(r"pulse=([^\"]+)", held)
    assert pulse
    assert front.unchanged(pulse[1], NOON), "nothing new"
    assert "收下了" in text(tablet.post(f"/desk/coupons/{mine.code}/approval", htmx=True))
    assert not front.unchanged(pulse[1], NOON)
    assert "用掉了" in text(phone.get(f"/coupons/{mine.code}/part", htmx=True)), "it turns green"
    assert Work.get(Work.kind == "coupon").done_at == NOON


def test_the_counter_says_no_and_the_phone_has_it_again(phone: FlaskClient, tablet: FlaskClient, mine: Coupon) -> None:
    phone.post(f"/coupons/{mine.code}/hold")
    assert "还在客人的券包里" in text(tablet.post(f"/desk/coupons/{mine.code}/refusal", htmx=True))
    assert "现在用" in text(phone.get(f"/coupons/{mine.code}/part"))


def test_never_mind(phone: FlaskClient, mine: Coupon) -> None:
    phone.post(f"/coupons/{mine.code}/hold")
    assert "现在用" in text(phone.post(f"/coupons/{mine.code}/cancellation", htmx=True))
    assert Coupon.get().held_until is None


def test_a_tap_that_was_wrong_is_taken_back(
    phone: FlaskClient, tablet: FlaskClient, mine: Coupon, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.post(f"/coupons/{mine.code}/hold")
    assert "点错了" in text(tablet.post(f"/desk/coupons/{mine.code}/approval", htmx=True))
    monkeypatch.setattr(clock, "now", lambda: NOON + 11 * MINUTE)
    assert "点错了" not in text(tablet.get(f"/desk/coupons/{mine.code}"))


def test_what_cannot_be_used_here_says_why_and_has_no_button(world: World, phone: FlaskClient) -> None:
    there = coupons.issue(template(world, stores=[world.laundry.id]), world.mei, world.bath, NOON, key="t", trigger="hand")  # fmt: skip
    page = text(phone.get(f"/coupons/{there.code}"))
    assert "只在回头干洗能用" in page
    assert "/hold" not in page
    refused = phone.post(f"/coupons/{there.code}/hold", htmx=True)
    assert refused.status_code == 422
    assert 'id="coupon"' in text(refused)


def test_somebody_elses_is_not_there(world: World, as_member: AsMember, tablet: FlaskClient, mine: Coupon) -> None:
    stranger = as_member(world.xin)
    assert stranger.get(f"/coupons/{mine.code}").status_code == 404
    for act in ("hold", "cancellation"):
        assert stranger.post(f"/coupons/{mine.code}/{act}").status_code == 404
    assert tablet.get(f"/desk/coupons/{mine.code}").status_code == 404, "it was never shown to this counter"


# --- neighbours ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def gym(world: World) -> tuple[Partner, str]:
    return partners.put(
        None, partners.Draft("青松健身", {"zh": "一次免费体验课"}), brand=world.brand.id, at=NOON, staff=world.lin
    )


def test_a_yes_first_then_a_code(world: World, phone: FlaskClient, gym: tuple[Partner, str]) -> None:
    page = text(phone.get("/coupons/partners"))
    assert "青松健身" in page
    assert "领一个码" not in page
    assert phone.post(f"/coupons/partners/{gym[0].id}", htmx=True).status_code == 422
    assert "领一个码" in text(phone.post("/coupons/partners", htmx=True))
    assert partners.agreed(world.mei)
    given = text(phone.post(f"/coupons/partners/{gym[0].id}", htmx=True))
    code = Voucher.get().code
    assert f"{code[:4]} {code[4:]}" in given
    assert phone.post("/coupons/partners/99999").status_code == 404


def test_the_neighbour_sees_a_code_and_no_name(world: World, visitor: FlaskClient, gym: tuple[Partner, str]) -> None:
    partner, secret = gym
    consents.choose(world.mei.id, "partner", True, source="me", at=NOON)
    code = partners.give(partner, world.mei, world.bath, NOON).code
    seen = text(visitor.post(f"/partners/{secret}", data={"code": code.lower()}))
    assert "能用" in seen
    for secret_word in (world.mei.name, world.mei.code, "0001"):
        assert secret_word not in seen
    assert "收下了" in text(visitor.post(f"/partners/{secret}", data={"code": code, "take": "1"}))
    again = visitor.post(f"/partners/{secret}", data={"code": code, "take": "1"})
    assert (again.status_code, "用过了" in text(again)) == (422, True)
    assert "没有这个码" in text(visitor.post(f"/partners/{secret}", data={"code": "NOSUCH"}))
    assert visitor.get("/partners/nosuchsecret").status_code == 404
    assert visitor.post(f"/partners/{secret}", data={"code": ""}).status_code == 422


def test_a_neighbours_page_shuts_after_many_wrong_codes(visitor: FlaskClient, gym: tuple[Partner, str]) -> None:
    for n in range(5):
        visitor.post(f"/partners/{gym[1]}", data={"code": f"GUESS{n}"})
    assert visitor.post(f"/partners/{gym[1]}", data={"code": "GUESS"}).status_code == 429
