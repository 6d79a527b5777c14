"""Every door and who may pass: a door that has no row here fails the suite, and so does a row without a door.

Then the objects behind the doors: what belongs to somebody else, or to another store, is a 404.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import Device, LedgerLine, Redemption, Staff
from tests.kit.doors import AsMember, AsStaff
from tests.world import World
from webapp import access, clock, signins
from webapp.points import purchases
from webapp.rewards import redemptions

# Who is let in at least: anybody, a member, a tablet (whoever acts), then the person whose PIN was typed.
DOORS = {
    "anybody": """
        stores.authority stores.choose stores.chooser stores.counter stores.insecure stores.kept stores.manifest stores.offline
        stores.setup stores.setup_send stores.shop stores.worker
        members.home members.join members.join_send members.sign_in members.sign_in_pin members.sign_out members.handshake
        members.handshake_new members.passkey_begin members.passkey_end members.preferences_keep
        bookings.feed
        photos.small photos.whole laundry.tag
        complaints.board complaints.new complaints.of_shop complaints.screen complaints.send
        ratings.later ratings.photo ratings.send ratings.show ratings.want
        care.of_shop care.tip care.tips care.wall
        offers.partner offers.partner_look
        points.claim staff_desk.sign_in staff_desk.sign_in_send staff_desk.sign_out readyz metrics
        api.book api.booked api.booking api.cancel api.document api.move api.price api.record api.refund api.services api.show api.slots
    """,
    "member": """
        members.attach members.attach_send members.code members.code_part members.consent members.consents members.device_end
        members.devices members.erase members.erase_send members.export members.me members.passkey_add_begin
        members.passkey_add_end members.passkey_remove members.pin members.pin_change members.preferences members.profile
        members.profile_keep points.index points.receipt points.take points.tier points.what_if
        outbox.push outbox.push_end outbox.push_keep
        bookings.ask bookings.question bookings.questions
        bookings.accept bookings.address_add bookings.address_book bookings.address_remove bookings.cancel bookings.choose
        bookings.feed_end bookings.feed_make bookings.file bookings.index bookings.join bookings.late bookings.leave bookings.line
        bookings.line_part bookings.make bookings.move bookings.part bookings.queue bookings.show bookings.skip
        bookings.standing_end bookings.times
        laundry.agree laundry.claim laundry.claim_photo laundry.deliver laundry.discuss laundry.forget laundry.garment laundry.index laundry.part
        laundry.parts laundry.show laundry.wardrobe laundry.wear laundry.wellness
        complaints.about complaints.accept complaints.agree complaints.discuss complaints.index complaints.part complaints.photo complaints.rate
        complaints.reopen complaints.say complaints.show
        offers.agree offers.cancel offers.hold offers.index offers.part offers.partners offers.redeem offers.show offers.voucher
        rewards.cancel rewards.hold rewards.index rewards.redemption rewards.redemption_part rewards.show
        members.invite rewards.gift rewards.gift_part rewards.gifts
        members.memory members.memory_add members.memory_change members.memory_choose members.memory_forget members.still_right
        members.story members.visits members.family members.family_agree members.family_ask members.family_end members.family_help
        members.family_stop members.double members.double_agree members.double_refuse members.double_undo
        stores.ahead stores.check_in stores.checked_in
        care.agree care.dial care.inbox care.refuse care.thanks
    """,
    "tablet": "rewards_desk.latest_undo stores_desk.counter stores_desk.counter_part staff_desk.home staff_desk.language staff_desk.queue staff_desk.who staff_desk.who_send",
    "clerk": """
        members_desk.arrival members_desk.card members_desk.greeting members_desk.handshake members_desk.handshake_confirm members_desk.index members_desk.mine members_desk.reveal
        members_desk.scan members_desk.scan_send members_desk.show
        points_desk.award points_desk.claim_make points_desk.claim_qr points_desk.give points_desk.preview points_desk.slip
        points_desk.undo rewards_desk.gift_undo rewards_desk.gifts_of rewards_desk.hand rewards_desk.kept members_desk.friends members_desk.birthday members_desk.birthday_keep
        rewards_desk.approve rewards_desk.decline rewards_desk.show rewards_desk.undo
        offers_desk.approve offers_desk.decline offers_desk.give_back offers_desk.show offers_desk.undo offers_desk.use
        staff_desk.own staff_desk.own_password staff_desk.own_pin
        bookings_desk.again bookings_desk.again_call bookings_desk.answer bookings_desk.question
        bookings_desk.absent bookings_desk.arrive bookings_desk.board bookings_desk.brief bookings_desk.call bookings_desk.cancel
        bookings_desk.close bookings_desk.closed bookings_desk.closing bookings_desk.confirm bookings_desk.decline bookings_desk.end
        bookings_desk.lift bookings_desk.move bookings_desk.new bookings_desk.offer bookings_desk.route bookings_desk.show
        bookings_desk.take bookings_desk.take_back bookings_desk.times bookings_desk.who
        laundry_desk.add laundry_desk.advice laundry_desk.ask laundry_desk.board laundry_desk.cancel laundry_desk.change
        laundry_desk.claim laundry_desk.claim_answer laundry_desk.collect laundry_desk.deliver laundry_desk.fail
        laundry_desk.garment laundry_desk.heard laundry_desk.make laundry_desk.new laundry_desk.of laundry_desk.order
        laundry_desk.parts laundry_desk.pay laundry_desk.phone laundry_desk.photo laundry_desk.photo_remove laundry_desk.pin
        laundry_desk.pin_remove laundry_desk.promise laundry_desk.put_back laundry_desk.rack laundry_desk.remove laundry_desk.reply
        laundry_desk.scan laundry_desk.scan_send laundry_desk.scan_undo laundry_desk.sign laundry_desk.signed
        laundry_desk.step laundry_desk.tags laundry_desk.take_back laundry_desk.take_out laundry_desk.who
        complaints_desk.amends complaints_desk.board complaints_desk.carried_out complaints_desk.case complaints_desk.case_part
        complaints_desk.coaching complaints_desk.give complaints_desk.goodwill complaints_desk.improvement_recheck
        complaints_desk.improvements complaints_desk.merge complaints_desk.new complaints_desk.of complaints_desk.offer
        complaints_desk.over complaints_desk.phone complaints_desk.photo complaints_desk.propose complaints_desk.recheck_card
        care_desk.follow care_desk.follow_call care_desk.follow_case care_desk.follow_heard care_desk.follow_make care_desk.follow_new
        care_desk.follow_record care_desk.follow_take care_desk.follow_undo care_desk.follow_ups
        complaints_desk.say complaints_desk.send complaints_desk.link complaints_desk.take complaints_desk.talking complaints_desk.up
        complaints_desk.urgent complaints_desk.withdraw offers_desk.of ratings_desk.ask ratings_desk.index ratings_desk.pulse
        ratings_desk.pulse_send ratings_desk.reply ratings_desk.slip ratings_desk.spoken ratings_desk.spoken_send
        care_desk.care care_desk.thanks care_desk.thanks_ask members_desk.memory_add members_desk.memory_forget members_desk.memory_of members_desk.story
    """,
    "senior": """
        offers_desk.give offers_desk.give_send
        members_desk.double members_desk.double_no members_desk.double_propose members_desk.double_yes members_desk.quality
        points_desk.refund points_desk.refund_send complaints_desk.improvement_add complaints_desk.improvement_hide
        complaints_desk.improvement_save complaints_desk.improvement_show
        care_desk.thanks_hide care_desk.thanks_show insights_desk.people
    """,
    "manager": """
        offers_desk.code_add offers_desk.code_retire offers_desk.handout offers_desk.handout_part offers_desk.handout_stop
        offers_desk.partner_address offers_desk.partner_retire offers_desk.partner_save offers_desk.partners
        offers_desk.promotion offers_desk.promotion_preview offers_desk.promotion_retire offers_desk.promotion_save
        offers_desk.promotion_switch offers_desk.promotions
        offers_desk.template offers_desk.template_preview offers_desk.template_retire offers_desk.template_save offers_desk.templates
        imports_desk.choose imports_desk.drop imports_desk.index imports_desk.lines imports_desk.put_in imports_desk.show imports_desk.take_in imports_desk.undo
        members_desk.adviser
        outbox_desk.letter_again outbox_desk.letter_drop outbox_desk.letters_again outbox_desk.outbox
        points_desk.adjust rewards_desk.catalogue rewards_desk.edit rewards_desk.retire rewards_desk.save
        staff_desk.audit staff_desk.device_end staff_desk.devices staff_desk.dismissal staff_desk.password staff_desk.people
        staff_desk.people_add staff_desk.person staff_desk.pin staff_desk.role
        stores_desk.hours stores_desk.hours_save stores_desk.numbers stores_desk.placement_add stores_desk.poster
        stores_desk.posters stores_desk.settings stores_desk.settings_save stores_desk.store_numbers stores_desk.till_make
        stores_desk.till_revoke stores_desk.tills
        bookings_desk.date_add bookings_desk.date_cancel bookings_desk.day_drop bookings_desk.day_save bookings_desk.days
        bookings_desk.figures bookings_desk.figures_file bookings_desk.outside_hours bookings_desk.resource bookings_desk.resource_retire
        bookings_desk.resource_save bookings_desk.service bookings_desk.service_retire bookings_desk.service_save
        bookings_desk.start bookings_desk.supply
        laundry_desk.advice_card laundry_desk.advice_fill laundry_desk.advice_retire laundry_desk.advice_save
        laundry_desk.overrule laundry_desk.price laundry_desk.price_retire laundry_desk.price_save laundry_desk.price_start
        laundry_desk.prices laundry_desk.wardrobes
        insights_desk.change insights_desk.count insights_desk.grades insights_desk.new insights_desk.people_file insights_desk.progress
        insights_desk.retire insights_desk.run insights_desk.save insights_desk.segment insights_desk.segments
        complaints_desk.cause_add complaints_desk.cause_retire complaints_desk.cause_save complaints_desk.causes
        complaints_desk.ladder complaints_desk.ladder_save complaints_desk.preview complaints_desk.purses complaints_desk.report
        complaints_desk.report_file complaints_desk.starter_add complaints_desk.starter_retire complaints_desk.starter_save
        complaints_desk.starters ratings_desk.settings ratings_desk.settings_save
        members_desk.chip members_desk.chip_retire members_desk.chip_save members_desk.chips members_desk.chips_fill members_desk.double_undo
        care_desk.group care_desk.tip care_desk.tip_add care_desk.tip_hide care_desk.tip_new care_desk.tip_retire
        care_desk.tip_save care_desk.tip_show care_desk.tips
        care_desk.rule care_desk.rule_add care_desk.rule_dry care_desk.rule_preview care_desk.rule_retire care_desk.rule_save care_desk.rule_switch
    """,
    "owner": "outbox_desk.hook outbox_desk.hook_again outbox_desk.hook_make outbox_desk.hook_pause outbox_desk.hook_replay outbox_desk.hook_retire outbox_desk.hooks imports_desk.export stores_desk.brand_numbers stores_desk.brand_save",
}
LEAST = {door: who for who, doors in DOORS.items() for door in doors.split()}
PEOPLE = ("anybody", "member", "tablet", "clerk", "senior", "manager", "owner")


@pytest.fixture
def doors(app: Flask, world: World) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of every door; the addresses name things that do not exist."""
    filled = {
        "token": "x.y",
        "secret": "nosuchsecret",
        "slug": "bath",
        "code": "NOSUCHCODE",
        "ref": "NOSUCH",
        "digits": "0000",
        "id": 999_999,
        "placement": "door",
        "tag": "NOSUCHTAG",
        "offer": "NOSUCHCODE",
        "about": "garment",
    }
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: filled[name] for name in rule.arguments}
            values["id"] = "x" if rule.endpoint.startswith("api.") else 999_999
            address = app.url_map.bind("localhost").build(
                rule.endpoint, {name: values[name] for name in rule.arguments}
            )
            found += [
                (rule.endpoint, method, address) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            ]
    return found


def test_every_door_has_its_row_and_every_row_its_door(doors: list[tuple[str, str, str]]) -> None:
    there = {endpoint for endpoint, _, _ in doors}
    assert there - LEAST.keys() == set()
    assert LEAST.keys() - there == set()


def lets_in(client: FlaskClient, method: str, address: str) -> bool:
    """Was the visitor let past the guard? What happens behind it (404, 422 …) is another matter."""
    answer = client.open(address, method=method)
    assert answer.status_code < 500, f"{method} {address}: {answer.status_code}"
    to_sign_in = answer.status_code == 303 and any(
        answer.headers["Location"].startswith(way) for way in ("/sign-in", "/desk/sign-in", "/desk/who")
    )
    return not to_sign_in and answer.status_code != 403


@pytest.mark.only_on("sqlite")  # a guard knows no database
@pytest.mark.parametrize("person", PEOPLE)
def test_each_door_lets_in_whom_it_should_and_nobody_else(
    person: str, app: Flask, world: World, as_member: AsMember, as_staff: AsStaff, doors: list[tuple[str, str, str]]
) -> None:
    ends = {
        "members.sign_out",
        "staff_desk.sign_out",
        "members.erase_send",
        "members.device_end",
        "staff_desk.own_password",
    }
    wrong = []
    for endpoint, method, address in doors:
        if LEAST[endpoint] == "anybody" or endpoint in ends:
            continue
        expected = _may(person, LEAST[endpoint])
        client = _browser(person, app, world, as_member, as_staff)
        if lets_in(client, method, address) is not expected:
            wrong.append(f"{method} {address} ({endpoint}): {person} should {'' if expected else 'not '}pass")
    assert not wrong, "\n".join(wrong)


def test_a_signed_out_visitor_is_sent_back_to_where_they_wanted_to_go(visitor: FlaskClient) -> None:
    assert visitor.get("/points?tab=pending").headers["Location"] == "/sign-in?next=/points?tab%3Dpending"
    assert visitor.get("/desk/audit").headers["Location"] == "/desk/sign-in?next=/desk/audit"


@pytest.fixture
def others(world: World, at: int) -> Iterator[list[str]]:
    """Addresses of things that are Mei's or the bath house's."""
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="a-ticket", at=at)
    signins.open_for_member(world.mei, world.bath, "phone", at)
    device = Device.get(Device.member == world.mei.id)
    line = LedgerLine.get(LedgerLine.member == world.mei.id)
    yield [
        f"GET /points/{line.id}",
        f"GET /redemptions/{held.code}",
        f"GET /redemptions/{held.code}/part",
        f"POST /redemptions/{held.code}/cancellation",
        f"POST /me/devices/{device.id}/end",
    ]
    assert Redemption.get_by_id(held.id).state == "held"
    assert Device.get_by_id(device.id).ended_at is None


def test_what_is_another_members_is_not_there(others: list[str], world: World, as_member: AsMember) -> None:
    xin = as_member(world.xin)
    for door in others:
        method, address = door.split()
        assert xin.open(address, method=method).status_code == 404, door


def test_what_is_another_stores_is_not_there(world: World, as_staff: AsStaff, at: int) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="a-ticket", at=at)
    bill = purchases.record(world.bath, purchases.Bill(5000, "k" * 16, "desk"), world.mei, world.chen, at)
    laundry = as_staff(world.bo)
    boss = Staff.create(
        brand=world.brand.id,
        store=world.laundry.id,
        username="hua",
        name="阿花",
        role="manager",
        password_hash="x",
        made_at=at,
    )
    manager = as_staff(boss)
    for client in (laundry, manager):
        for act in ("approval", "refusal", "reversal"):
            assert client.post(f"/desk/redemptions/{held.code}/{act}", data={"why": "other"}).status_code == 404
        assert client.get(f"/desk/redemptions/{held.code}").status_code == 404
        assert client.post(f"/desk/purchases/{bill.code}/undo").status_code == 404
    assert manager.get(f"/desk/settings/people/{world.chen.id}").status_code == 404
    assert Redemption.get_by_id(held.id).state == "held"


def test_a_page_of_another_site_cannot_act_for_a_member(world: World, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert mei.post("/sign-out", headers=headers).status_code == 403
    plain = {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}
    assert mei.post("/sign-out", headers=plain).status_code == 403
    assert mei.get("/points").status_code == 200


def test_next_never_leads_away_from_us() -> None:
    for away in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\n/x", "", None):
        assert access.inside(away, "/home") == "/home"
    assert access.inside("/rewards/3?x=1", "/home") == "/rewards/3?x=1"


def test_every_answer_carries_its_shields(visitor: FlaskClient, as_staff: AsStaff, world: World) -> None:
    for address in ("/s/bath", "/nothing", "/sign-in", "/api/v1/purchases/x", "/sw.js"):
        headers = visitor.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff", address
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], address
        assert "unsafe" not in headers["Content-Security-Policy"].replace("'wasm-unsafe-eval'", ""), address
    scan, home = as_staff(world.chen).get("/desk/scan").headers, as_staff(world.chen).get("/desk/").headers
    assert "wasm-unsafe-eval" in scan["Content-Security-Policy"]
    assert "wasm-unsafe-eval" not in home["Content-Security-Policy"]


def test_signing_out_ends_the_sign_in_on_the_server(world: World, as_member: AsMember, app: Flask) -> None:
    mei = as_member(world.mei)
    cookie = mei.get_cookie(access.COOKIES["member"])
    assert cookie is not None
    mei.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie(access.COOKIES["member"], cookie.value)
    assert thief.get("/points").status_code == 303


@pytest.mark.parametrize(("days", "still_in"), [(89, True), (91, False)])
def test_a_phone_that_rests_too_long_is_signed_out(
    days: int, still_in: bool, world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    mei = as_member(world.mei)
    monkeypatch.setattr(clock, "now", lambda: world.at + days * clock.DAY)
    assert (mei.get("/points").status_code == 200) is still_in


def test_a_dismissed_clerk_is_out_at_the_next_tap(world: World, as_staff: AsStaff) -> None:
    chen = as_staff(world.chen)
    assert chen.get("/desk/award").status_code == 200
    Staff.update({Staff.dismissed_at: world.at}).where(Staff.id == world.chen.id).execute()
    assert chen.get("/desk/award").status_code == 303


def _may(person: str, least: str) -> bool:
    if least == "member":
        return person == "member"
    return person in PEOPLE[2:] and PEOPLE.index(person) >= PEOPLE.index(least)


def _browser(person: str, app: Flask, world: World, as_member: AsMember, as_staff: AsStaff) -> FlaskClient:
    if person == "anybody":
        return app.test_client()
    if person == "member":
        return as_member(world.mei)
    if person == "tablet":
        tablet = as_staff(world.chen)
        Device.update({Device.acting: None}).where(Device.staff == world.chen.id).execute()
        return tablet
    return as_staff({"clerk": world.kai, "senior": world.su, "manager": world.lin, "owner": world.zhao}[person])
