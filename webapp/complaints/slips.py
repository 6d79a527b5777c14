"""The key of a case that was told without signing in: whoever holds its address may follow it, nobody who only knows its number."""

from models import Case
from webapp import vault
from webapp.refusals import Missing


def token(case: Case) -> str:
    """What stands behind ?t= in the address of a case."""
    return vault.sign("case", case.code).rpartition(".")[2]


def opens(case: Case, key: str) -> bool:
    """Is this the key of that case? Cases of members open to the member only."""
    return case.member_id is None and vault.signed("case", f"{case.code}.{key}") == case.code


def behind(code: str, key: str) -> Case:
    """The case of a slip."""
    case: Case | None = Case.get_or_none(Case.code == code)
    if case is None or not opens(case, key):
        raise Missing("没有找到这个页面", code="not_found")
    return case
