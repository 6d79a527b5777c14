"""Work of this room that nobody waits for; the worker collects it."""

from models import Brand
from webapp.care import daily, effects, gathering, rules, surprises
from webapp.clock import MINUTE
from webapp.config import Settings


def send_care(at: int, settings: Settings) -> None:
    """The rules that are on, once a day each, when nobody is asleep."""
    for brand in list(Brand.select()):
        daily.run_all(brand, at)


def fill_rules(at: int, settings: Settings) -> None:
    """A brand without rules of care has those that came with the program, all switched off."""
    if at // MINUTE % 5 == 0:
        for brand in list(Brand.select()):
            rules.fill(brand, at)


def judge_care(at: int, settings: Settings) -> None:
    """Who came after a message, and who has not looked at three of them."""
    effects.look(at)
    effects.judge(at)


def plan_surprises(at: int, settings: Settings) -> None:
    """What may be prepared for those who come tomorrow; twice an hour is often enough."""
    if at // MINUTE % 30 == 0:
        surprises.plan(at)


def gather_follow_ups(at: int, settings: Settings) -> None:
    """Whom somebody should ring today."""
    gathering.collect(at)


EVERY_MINUTE = (send_care, fill_rules, plan_surprises)
NIGHTLY = (judge_care, gather_follow_ups)
