"""Neighbours' vouchers: a one-time code, a yes by the member first, and a partner who learns nothing but whether it holds (E6)."""

import json

import pytest

from models import Event, Partner, Voucher
from tests.kit.crowd import together, told, won
from tests.world import NOON, World
from webapp.clock import DAY
from webapp.members import consents
from webapp.offers import partners
from webapp.offers.partners import Draft
from webapp.refusals import Refusal, TooMany


@pytest.fixture
def gym(world: World) -> Partner:
    consents.choose(world.mei.id, "partner", True, source="me", at=NOON)
    return gym_of(world)


def gym_of(world: World, **fields: int) -> Partner:
    return partners.put(None, Draft("青松健身", {"zh": "一次免费体验"}, **fields), brand=world.brand.id, at=NOON)[0]


def test_asked_for_twice_it_is_the_same_code(world: World, gym: Partner) -> None:
    first, second = (partners.give(gym, world.mei, world.bath, NOON + n) for n in (0, 50))
    assert first.code == second.code
    assert world.fresh(gym).given == 1


def test_without_a_yes_there_is_no_code(world: World, gym: Partner) -> None:
    with pytest.raises(Refusal) as refused:
        partners.give(gym, world.xin, world.bath, NOON)
    assert refused.value.code == "no_consent"
    consents.choose(world.mei.id, "partner", False, source="me", at=NOON)
    with pytest.raises(Refusal):
        partners.give(gym, world.mei, world.bath, NOON)


def test_the_partner_sees_whether_it_holds_and_nothing_else(world: World, gym: Partner) -> None:
    code = partners.give(gym, world.mei, world.bath, NOON).code
    seen = partners.look(gym, f" {code.lower()[:4]}-{code.lower()[4:]} ", NOON)
    assert (seen.state, set(seen._fields)) == ("valid", {"code", "state", "until", "used_at"})
    assert partners.use(gym, code, NOON + 60).state == "used"
    assert partners.look(gym, code, NOON + 61).used_at == NOON + 60
    with pytest.raises(Refusal, match="用过"):
        partners.use(gym, code, NOON + 62)
    used = Event.get(Event.verb == "voucher_used")
    assert used.member_id is None
    assert world.mei.code not in json.dumps(used.data)


def test_a_code_of_another_partner_is_unknown_here(world: World, gym: Partner) -> None:
    salon = partners.put(None, Draft("海棠美容", {"zh": "修眉一次"}), brand=world.brand.id, at=NOON)[0]
    code = partners.give(gym, world.mei, world.bath, NOON).code
    assert partners.look(salon, code, NOON).state == "unknown"
    with pytest.raises(Refusal, match="没有这个码"):
        partners.use(salon, code, NOON)


def test_it_is_over_after_its_days(world: World, gym: Partner) -> None:
    voucher = partners.give(gym, world.mei, world.bath, NOON)
    assert partners.look(gym, voucher.code, voucher.expires_at).state == "over"
    with pytest.raises(Refusal, match="过期"):
        partners.use(gym, voucher.code, voucher.expires_at)
    assert partners.use(gym, voucher.code, voucher.expires_at - 1).state == "used"


def test_guessing_codes_is_stopped(world: World, gym: Partner) -> None:
    for n in range(5):
        assert partners.look(gym, f"GUESS{n}", NOON, source="there").state == "unknown"
    with pytest.raises(TooMany):
        partners.look(gym, "GUESS", NOON, source="there")


def test_its_page_opens_by_its_secret_until_it_is_changed_or_over(world: World) -> None:
    made, secret = partners.put(
        None, Draft("青松健身", {"zh": "体验"}), brand=world.brand.id, at=NOON, staff=world.zhao
    )
    assert partners.behind(secret) == made
    fresh = partners.new_address(made, NOON, world.zhao)
    for gone in (secret, "nonsense"):
        with pytest.raises(Refusal):
            partners.behind(gone)
    partners.retire(made, NOON + DAY, world.zhao)
    with pytest.raises(Refusal):
        partners.behind(fresh)
    assert partners.listed(world.brand.id) == []


def test_the_shop_counts_and_knows_no_names(world: World, gym: Partner) -> None:
    partners.use(gym, partners.give(gym, world.mei, world.bath, NOON).code, NOON)
    assert [(row.partner.name, row.partner.given, row.used) for row in partners.listed(world.brand.id)] == [
        ("青松健身", 1, 1)
    ]


def test_the_last_codes_go_to_so_many_and_are_used_once(world: World) -> None:
    gym, people = gym_of(world, most=5), [world.member(f"客{n}") for n in range(12)]
    for who in people:
        consents.choose(who.id, "partner", True, source="me", at=NOON)
    tried = together(*(lambda who=who: partners.give(gym, who, world.bath, NOON) for who in people))
    assert len(won(tried)) == world.fresh(gym).given == Voucher.select().count() == 5
    code = won(tried)[0].code
    used = together(*[lambda: partners.use(gym, code, NOON)] * 10)
    assert (len(won(used)), told(used)) == (1, ["used"])
