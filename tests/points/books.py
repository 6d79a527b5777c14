"""What must hold whatever happened: asserted after every test that moves points."""

from peewee import fn

from models import LedgerLine, Lot, LotUse, Member, Redemption, Shelf


def balance(member: Member | int) -> tuple[int, int, int]:
    """(points, held, owed) as the member's row has them."""
    row = Member.get_by_id(member if isinstance(member, int) else member.id)
    return row.points, row.held, row.owed


def assert_books() -> None:
    """Balance = lines, lots = balance, no lot below zero or above its size, held = running holds, sizes = uses + rest."""
    for member in Member.select():
        sums = LedgerLine.select(fn.SUM(LedgerLine.points), fn.SUM(LedgerLine.held), fn.SUM(LedgerLine.owed))
        lines = tuple(int(n or 0) for n in sums.where(LedgerLine.member == member.id).tuples().get())
        assert lines == (member.points, member.held, member.owed)
        assert min(lines) >= 0
        left = Lot.select(fn.COALESCE(fn.SUM(Lot.left), 0)).where(Lot.member == member.id).scalar()
        assert int(left) == member.points
        holds = LedgerLine.select().where(LedgerLine.member == member.id, LedgerLine.kind == "hold")
        settled = LedgerLine.select(LedgerLine.twin).where(LedgerLine.kind.in_(("capture", "release")))
        running = holds.where(LedgerLine.id.not_in(settled))
        assert sum(line.held for line in running) == member.held
    for lot in Lot.select():
        used = LotUse.select(fn.COALESCE(fn.SUM(LotUse.points), 0)).where(LotUse.lot == lot.id).scalar()
        assert lot.size - lot.left == int(used)
        assert 0 <= lot.left <= lot.size


def assert_shelves(start: dict[int, int]) -> None:
    """What left a shelf is what is held or was handed over. `start`: stock by shelf."""
    for shelf, stock in start.items():
        gone = Redemption.select().where(Redemption.shelf == shelf, Redemption.state.in_(("held", "captured"))).count()
        assert Shelf.get_by_id(shelf).stock == stock - gone
