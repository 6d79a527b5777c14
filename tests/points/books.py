"""What must hold whatever happened: asserted after every test that moves points."""

from peewee import fn

from models import LedgerLine, Lot, LotUse, Member, Redemption, Shelf
from webapp import check


def balance(member: Member | int) -> tuple[int, int, int]:
    """(points, held, owed) as the member's row has them."""
    row = Member.get_by_id(member if isinstance(member, int) else member.id)
    return row.points, row.held, row.owed


def assert_books() -> None:
    """Everybody's books."""
    for member in Member.select():
        assert_member(member)


def assert_shop() -> None:
    """Everybody's books, and everything else that `flask check` asks."""
    assert_books()
    assert check.run() == []


def assert_member(member: Member) -> tuple[int, int, int]:
    """Balance = lines, lots = balance, no lot below zero or above its size, held = running holds, sizes = uses + rest."""
    sums = LedgerLine.select(fn.SUM(LedgerLine.points), fn.SUM(LedgerLine.held), fn.SUM(LedgerLine.owed))
    lines = tuple(int(n or 0) for n in sums.where(LedgerLine.member == member.id).tuples().get())
    assert lines == (member.points, member.held, member.owed)
    assert min(lines) >= 0
    settled = LedgerLine.select(LedgerLine.twin).where(LedgerLine.kind.in_(("capture", "release")))
    running = LedgerLine.select(fn.COALESCE(fn.SUM(LedgerLine.held), 0)).where(
        LedgerLine.member == member.id, LedgerLine.kind == "hold", LedgerLine.id.not_in(settled)
    )
    assert int(running.scalar()) == member.held
    used = LotUse.select(fn.COALESCE(fn.SUM(LotUse.points), 0)).where(LotUse.lot == Lot.id)
    lots = list(Lot.select(Lot.size, Lot.left, used).where(Lot.member == member.id).tuples())
    assert sum(left for _, left, _ in lots) == member.points
    assert all(0 <= left <= size and size - left == int(spent) for size, left, spent in lots)
    return member.points, member.held, member.owed


def assert_shelves(start: dict[int, int]) -> None:
    """What left a shelf is what is held or was handed over. `start`: stock by shelf."""
    for shelf, stock in start.items():
        gone = Redemption.select().where(Redemption.shelf == shelf, Redemption.state.in_(("held", "captured"))).count()
        assert Shelf.get_by_id(shelf).stock == stock - gone
