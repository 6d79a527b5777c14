"""Members' doors: whose they are, and in every language."""

from models import Address, Booking, Member, Service, Waiter
from tests.bookings.pages import EVENING, latest, send, stand
from tests.bookings.places import DAY, Bath, moment
from tests.kit.doors import AsMember
from tests.world import World


def test_signed_out_leads_to_the_sign_in(bath: Bath, visitor) -> None:
    for path in ("/book", "/bookings", "/bookings/ABC", "/bookings/ABC/part", "/waiting/1", "/me/addresses"):
        assert visitor.get(path).location.startswith("/sign-in"), path
    assert send(visitor, bath.family, EVENING).location.startswith("/sign-in")


def test_what_acts_is_no_get(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    for way in ("cancellation", "acceptance", "refusal", "lateness", "moves"):
        assert phone.get(f"{place}/{way}").status_code == 405, way


def test_somebody_elses_is_not_there(bath: Bath, world: World, full: list[Booking], as_member: AsMember) -> None:
    phone, other = as_member(world.mei), as_member(world.xin)
    place = send(phone, bath.swim, EVENING).location
    line = stand(phone, bath).location
    phone.post("/me/addresses", data={"address": "枣园路 18 号"})
    for path in (place, f"{place}/part", f"{place}.ics", f"{place}/move", line, f"{line}/part"):
        assert other.get(path).status_code == 404, path
    data = {"ticket": "a ticket of mine", "at": moment("15:00")}
    ways = [f"{place}/{way}" for way in ("cancellation", "acceptance", "refusal", "lateness", "moves")]
    for path in (*ways, f"{line}/departure", f"/me/addresses/{Address.get().id}/removal", "/standings/1/end"):
        assert other.post(path, data=data).status_code == 404, path
    assert latest(world.mei).state == "confirmed"
    assert Waiter.get().state == "waiting"


def test_every_page_speaks_every_language(
    bath: Bath, world: World, full: list[Booking], van: Service, as_member: AsMember
) -> None:
    phone = as_member(world.mei)
    place, line = send(phone, bath.swim, EVENING).location, stand(phone, bath).location
    paths = ["/book", f"/book?service={bath.family.id}&day={DAY}", f"/book?service={bath.family.id}&at={EVENING}"]
    paths += [f"/book?service={van.id}&at={EVENING}", place, f"{place}/move", line, "/bookings", "/me/addresses"]
    for language in ("en", "zh_Hant"):
        Member.update(locale=language).where(Member.id == world.mei.id).execute()
        for path in paths:
            assert phone.get(path).status_code == 200, (language, path)
