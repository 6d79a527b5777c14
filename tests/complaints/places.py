"""A complaint at the bath house, and what a test looks at afterwards."""

from models import Case, CaseEntry, CaseStep, Cause, Member, Work
from tests.world import NOON, World
from webapp.complaints import cases, closing
from webapp.complaints.cases import Report


def complain(world: World, *, at: int = NOON, key: str = "k1", member: Member | None = None, **fields: str) -> Case:
    told = {"kind": "complaint", "category": "attitude", "text": "前台说话很冲"} | fields
    return cases.report(world.bath, Report(key=key, **told), at, member=member or world.mei)  # type: ignore[arg-type]


def step(case: Case, number: int) -> CaseStep:
    return CaseStep.get(CaseStep.case == case.id, CaseStep.number == number)


def entries(case: Case, kind: str = "") -> list[CaseEntry]:
    query = CaseEntry.select().where(CaseEntry.case == case.id)
    return list((query.where(CaseEntry.kind == kind) if kind else query).order_by(CaseEntry.id))


def card(case: Case) -> Work | None:
    return Work.get_or_none(Work.kind == "case", Work.ref == case.code, Work.done_at.is_null())


def cause(world: World) -> Cause:
    return Cause.create(brand=world.brand.id, name={"zh": "说话方式"})


def closed(world: World, at: int, case: Case | None = None) -> Case:
    """Settled and agreed to at `at`."""
    case = case or complain(world)
    closing.propose(case, world.lin, cause(world), "改了排班", "", at, key=f"p{case.id}:{at}")
    return closing.agree(case, at)
