"""The day's run of care: what it costs to look at a member who is sent nothing, in a large shop beside a small one, and how many a second are sent.

A rule for which everybody has an occasion; of a hundred members one has agreed to be told.
"""

import time
from contextlib import ExitStack

from bench.options import Options
from bench.shops import Shop, copy, short
from bench.table import Line, Table
from models import Brand, Member, Rule, Send, database, transaction
from webapp import clock
from webapp.care import daily, dry, library
from webapp.clock import DAY, HOUR

AGREED = 100  # of so many members one
CONSENTS = f"""
    INSERT INTO consent (member_id, purpose, granted, text_version, source, at)
    SELECT id, 'marketing', TRUE, 'bench', 'poster', joined_at FROM member WHERE id % {AGREED} = 0
"""


def daily_run(table: Table, small: Shop, large: Shop, options: Options) -> None:
    """Goal 3: a member of a million costs what a member of a thousand costs, and those who are written to cost the same in both."""
    looked: list[list[float]] = [[], []]
    written: list[list[float]] = [[], []]
    with ExitStack() as stack:
        for n, own in enumerate([stack.enter_context(copy(shop)) for shop in (small, large)]):
            with own.opened():
                with transaction():
                    database.execute_sql(CONSENTS)
                for again in range(min(options.rounds, 2 if own.size >= 1_000_000 else options.rounds)):
                    look, write = _once(again)
                    looked[n].append(look)
                    written[n].append(write)
    said = f"care: looked at, nothing sent, {large.label}"
    table.add(Line("3", said, "µs CPU/member", looked[1], f"at {short(small.size)}", looked[0], True))
    said = f"care: sent, with message and letter, {large.label}"
    table.add(Line("3", said, "ms CPU/message", written[1], f"at {short(small.size)}", written[0], True))


def _once(edition: int) -> tuple[float, float]:
    """µs of CPU for a look at each member, by the dry run; ms of CPU for each message of the real one. A new edition each time, in a month of its own."""
    brand = Brand.select().order_by(Brand.id).get()
    at = clock.day_start(clock.now(), "Asia/Shanghai") + 10 * HOUR + edition * 31 * DAY
    said = {"params": {"edition": edition + 1}, "texts": library.TEXTS["news"]}
    rule = Rule.create(brand=brand.id, kind="news", holdout=0, on_since=at - DAY, made_at=at - DAY, **said)
    begun = time.process_time()
    found = dry.run(rule, at, enough=10**9)
    looked = time.process_time() - begun
    daily.run(rule, at)
    seconds = time.process_time() - begun - looked
    sent = Send.select().where(Send.rule == rule.id, Send.state == "sent").count()
    if sent != found.reach or not sent:
        raise RuntimeError(f"{sent} were sent, {found.reach} foretold")
    return looked / Member.select().count() * 1e6, (seconds - looked) / sent * 1000
