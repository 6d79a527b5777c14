"""What must hold of levels, gifts and friends, as queries that return what breaks it; `webapp/check.py` asks them with all the others."""

_PLACE = "CASE {0} WHEN 'vip' THEN 2 WHEN 'loyal' THEN 1 ELSE 0 END"

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "a level's row says the level of its member, and nobody stands on the first one with a day to lose it",
        """
        SELECT m.id AS member, m.tier, l.tier AS level, l.review_at FROM level l JOIN member m ON m.id = l.member_id
        WHERE l.tier <> m.tier OR l.tier = 'ordinary' OR l.warned_at < l.reached_at
        """,
    ),
    (
        "nobody went down a level without a warning long before",
        f"""
        SELECT id AS move, member_id AS member, before, after, at FROM level_move
        WHERE {_PLACE.format("after")} < {_PLACE.format("before")} AND why NOT IN ('parted', 'undone')
          AND ({{counted:warned_at}} IS NULL OR at - {{counted:warned_at}} < {{counted:days}} * 86400)
        """,  # noqa: S608 - our own text
    ),
    (
        "a gift comes from the shelf of its own reward and store",
        """
        SELECT g.code AS gift, g.reward_id AS reward, g.store_id AS store, s.id AS shelf FROM gift g
        JOIN shelf s ON s.id = g.shelf_id WHERE s.reward_id <> g.reward_id OR s.store_id <> g.store_id
        """,
    ),
    (
        "a gift's stamps are those of its state",
        """
        SELECT g.code AS gift, g.state, g.ended_at, g.handed_at, g.handed_by_id FROM gift g
        WHERE (g.state = 'kept') <> (g.ended_at IS NULL) OR (g.state = 'handed') <> (g.handed_by_id IS NOT NULL)
           OR g.handed_at < g.from_at OR g.handed_at >= g.until_at
        """,
    ),
    (
        "a friend who paid has a real bill of their own",
        """
        SELECT r.id AS friendship, r.state, p.code AS bill, p.member_id AS bill_of, r.friend_id AS friend FROM referral r
        JOIN member f ON f.id = r.friend_id LEFT JOIN purchase p ON p.id = r.purchase_id
        WHERE (r.state IN ('paid', 'taken_back') AND p.id IS NULL) OR (r.state = 'paid' AND p.refunded >= p.amount)
           OR (r.state = 'paid' AND p.member_id <> r.friend_id AND f.merged_into_id IS NULL)
        """,
    ),
    (
        "points for a friend were given for a friend who paid, and are still there only while that stands",
        """
        SELECT l.id AS line, l.key, l.member_id AS member FROM ledger_line l JOIN lot ON lot.line_id = l.id
        LEFT JOIN (
            SELECT p.code FROM referral r JOIN purchase p ON p.id = r.purchase_id WHERE r.state = 'paid'
        ) paid ON l.key IN ('referral:' || paid.code, 'invited:' || paid.code)
        WHERE l.kind = 'bonus' AND l.reason IN ('referral', 'invited') AND (
            (paid.code IS NULL AND lot."left" > 0
                AND NOT EXISTS (SELECT 1 FROM ledger_line b WHERE b.twin_id = l.id AND b.kind = 'reverse'))
            OR (paid.code IS NOT NULL
                AND EXISTS (SELECT 1 FROM ledger_line b WHERE b.twin_id = l.id AND b.kind = 'reverse')))
        """,
    ),
    (
        "no two members brought each other",
        """
        SELECT a.id AS friendship, b.id AS other FROM referral a JOIN referral b
          ON b.friend_id = a.inviter_id AND b.inviter_id = a.friend_id
        WHERE a.state IN ('joined', 'paid') AND b.state IN ('joined', 'paid') AND a.id < b.id
        """,
    ),
    (
        "a card that is gone has no level and nothing kept for it",
        """
        SELECT m.id AS member, l.tier AS level, g.code AS gift FROM member m
        LEFT JOIN level l ON l.member_id = m.id LEFT JOIN gift g ON g.member_id = m.id AND g.state = 'kept'
        WHERE (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL) AND (l.member_id IS NOT NULL OR g.id IS NOT NULL)
        """,
    ),
)
