"""What holds for every case, coupon, purse and rating: each as one question that returns the rows that break it. Asked by `flask check`."""

from models import DIMENSIONS

_FACES = " OR ".join(
    f"(t.kind = '{kind}' AND s.dimension IN ({', '.join(repr(name) for name in names)}))"
    for kind, names in DIMENSIONS.items()
)

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "a member is marked for care exactly while something that needs it is open",
        """
        SELECT m.id AS member, m.care_since, c.since FROM member m LEFT JOIN (
            SELECT member_id, MIN(made_at) AS since FROM customer_case
            WHERE state NOT IN ('closed', 'merged') AND kind NOT IN ('idea', 'praise') GROUP BY member_id
        ) c ON c.member_id = m.id
        WHERE COALESCE(m.care_since, -1) <> COALESCE(c.since, -1)
        """,
    ),
    (
        "every case has the promises of its kind",
        """
        SELECT c.code AS case_code, c.kind, s.steps, s.total FROM customer_case c LEFT JOIN (
            SELECT case_id, COUNT(*) AS steps, SUM(number) AS total FROM case_step GROUP BY case_id
        ) s ON s.case_id = c.id
        WHERE COALESCE(s.steps, 0) <> CASE c.kind WHEN 'praise' THEN 1 WHEN 'idea' THEN 2 ELSE 4 END
           OR s.total <> CASE c.kind WHEN 'praise' THEN 1 WHEN 'idea' THEN 5 ELSE 10 END
        """,
    ),
    (
        "an open case is due when its first running promise is",
        """
        SELECT c.code AS case_code, c.due_at, s.running, s.latest FROM customer_case c JOIN (
            SELECT case_id, MAX(due_at) AS latest,
                   MIN(CASE WHEN done_at IS NULL AND paused_at IS NULL THEN due_at END) AS running
            FROM case_step GROUP BY case_id
        ) s ON s.case_id = c.id
        WHERE c.state NOT IN ('closed', 'merged') AND c.due_at <> COALESCE(s.running, s.latest)
        """,
    ),
    (
        "a case is over when no promise is left to keep, and not before",
        """
        SELECT c.code AS case_code, c.state, COALESCE(s.undone, 0) AS undone FROM customer_case c LEFT JOIN (
            SELECT case_id, COUNT(*) AS undone FROM case_step WHERE done_at IS NULL GROUP BY case_id
        ) s ON s.case_id = c.id
        WHERE (c.state IN ('closed', 'merged')) <> (COALESCE(s.undone, 0) = 0)
        """,
    ),
    (
        "only the last promise stands still, and only while the customer is waited for",
        """
        SELECT c.code AS case_code, c.state, s.number, s.paused_at, s.done_at, s.missed_at
        FROM case_step s JOIN customer_case c ON c.id = s.case_id
        WHERE (s.paused_at IS NOT NULL AND (s.number <> 4 OR s.done_at IS NOT NULL OR s.missed_at IS NOT NULL
               OR c.state NOT IN ('waiting', 'talking', 'closing')))
           OR (s.number = 4 AND s.paused_at IS NULL AND s.done_at IS NULL AND s.missed_at IS NULL
               AND c.state IN ('waiting', 'talking', 'closing'))
        """,
    ),
    (
        "a case that closed says why",
        """
        SELECT c.code AS case_code, c.kind FROM customer_case c LEFT JOIN member m ON m.id = c.member_id
        WHERE c.state = 'closed' AND c.cause_id IS NULL AND c.kind NOT IN ('idea', 'praise', 'conflict')
          AND m.erased_at IS NULL
        """,
    ),
    (
        "what there is to do about a case is on one card, and nothing else is",
        """
        SELECT c.code AS case_code, c.state, c.due_at, w.id AS card, w.due_at AS card_due, w.done_at
        FROM customer_case c LEFT JOIN work w ON w.kind = 'case' AND w.ref = c.code LEFT JOIN (
            SELECT case_id, COUNT(*) AS running FROM case_step
            WHERE done_at IS NULL AND paused_at IS NULL GROUP BY case_id
        ) s ON s.case_id = c.id
        WHERE (COALESCE(s.running, 0) = 0 AND w.id IS NOT NULL AND w.done_at IS NULL)
           OR (s.running > 0 AND c.source <> 'system'
               AND (w.id IS NULL OR w.done_at IS NOT NULL OR w.store_id <> c.store_id OR w.due_at <> c.due_at))
        """,
    ),
    (
        "every line of a thread by a member is by the member of its case",
        """
        SELECT e.id AS entry, e.member_id AS member, c.code AS case_code, c.member_id AS case_of
        FROM case_entry e JOIN customer_case c ON c.id = e.case_id
        WHERE e.member_id <> COALESCE(c.member_id, -1) OR (e.guest AND c.member_id IS NOT NULL)
        """,
    ),
    (
        "two cases that became one are of one store and one person, and the thread is with the one that goes on",
        """
        SELECT c.code AS case_code, o.code AS into_code, e.id AS entry FROM customer_case c
        JOIN customer_case o ON o.id = c.merged_into_id LEFT JOIN case_entry e ON e.case_id = c.id
        WHERE c.id = o.id OR c.store_id <> o.store_id OR COALESCE(c.member_id, -1) <> COALESCE(o.member_id, -1)
           OR e.id IS NOT NULL
        """,
    ),
    (
        "an offer lies on the table of an open case only",
        """
        SELECT o.code AS offer, c.code AS case_code, c.state FROM case_offer o JOIN customer_case c ON c.id = o.case_id
        WHERE o.state = 'open' AND c.state IN ('closed', 'merged')
        """,
    ),
    (
        "what was accepted was given, and nothing that was not",
        """
        SELECT o.code AS offer, o.kind, o.state, o.amount, k.amount AS coupon, o.points, l.points AS line_points
        FROM case_offer o JOIN customer_case c ON c.id = o.case_id
        LEFT JOIN coupon k ON k.key = 'offer:' || o.code
        LEFT JOIN ledger_line l ON l.key = 'offer:' || o.code
        WHERE (o.state = 'accepted' AND o.kind = 'coupon') <> (k.id IS NOT NULL)
           OR (o.state = 'accepted' AND o.kind = 'points') <> (l.id IS NOT NULL)
           OR k.amount <> o.amount OR l.points - l.owed <> o.points OR k.member_id <> c.member_id
        """,
    ),
    (
        "an apology with a coupon is for a promise that was missed",
        """
        SELECT k.code AS coupon, k.key AS made_for FROM coupon k
        LEFT JOIN (
            SELECT DISTINCT rtrim(key, '0123456789') AS step FROM case_entry WHERE kind = 'late'
        ) e ON e.step = k.key || ':'
        WHERE k.reason = 'late' AND e.step IS NULL
        """,
    ),
    (
        "a coupon was used in its time, by somebody",
        """
        SELECT code AS coupon, made_at, used_at, expires_at, used_by_id, purchase_id, saved FROM coupon
        WHERE (used_at IS NULL) <> (used_by_id IS NULL AND purchase_id IS NULL AND saved IS NULL)
           OR used_at < made_at OR used_at >= expires_at
        """,
    ),
    (
        "goodwill is one coupon or one line of points of its member, and as much as the purse says",
        """
        SELECT u.id AS purse_use, u.amount, k.amount AS coupon, u.points, l.points AS line_points
        FROM purse_use u LEFT JOIN coupon k ON k.id = u.coupon_id LEFT JOIN ledger_line l ON l.id = u.line_id
        LEFT JOIN member g ON g.id = l.member_id
        WHERE (k.id IS NULL) = (l.id IS NULL) OR k.amount <> u.amount OR k.member_id <> u.member_id
           OR k.reason <> 'goodwill' OR l.points - l.owed <> u.points OR (l.id IS NOT NULL) <> (u.points > 0)
           OR u.member_id NOT IN (l.member_id, COALESCE(g.merged_into_id, l.member_id))
        """,
    ),
    (
        "nobody has given goodwill to themselves",
        """
        SELECT u.id AS purse_use, p.username FROM purse_use u JOIN staff p ON p.id IN (u.staff_id, u.approved_by_id)
        WHERE p.member_id = u.member_id
        """,
    ),
    (
        "what is on the board says what was said and what was done",
        "SELECT id AS improvement, said, did FROM improvement WHERE shown_at IS NOT NULL AND (said = '' OR did = '')",
    ),
    (
        "a rating answers its question: same shop, same member",
        """
        SELECT r.id AS rating, r.store_id, a.store_id AS asked_in, r.member_id, a.member_id AS asked
        FROM rating r JOIN ask a ON a.id = r.ask_id
        WHERE r.store_id <> a.store_id OR COALESCE(r.member_id, -1) <> COALESCE(a.member_id, -1)
        """,
    ),
    (
        "a rating has faces, and only those its kind of shop asks for",
        f"""
        SELECT r.id AS rating, t.kind, s.dimension FROM rating r JOIN store t ON t.id = r.store_id
        LEFT JOIN score s ON s.rating_id = r.id WHERE s.rating_id IS NULL OR NOT ({_FACES})
        """,  # noqa: S608 - our own names
    ),
    (
        "a rating is low when a face or the number says so",
        """
        SELECT r.id AS rating, r.low, r.nps, s.worst FROM rating r
        JOIN (SELECT rating_id, MIN(value) AS worst FROM score GROUP BY rating_id) s ON s.rating_id = r.id
        WHERE r.low <> (s.worst <= 2 OR COALESCE(r.nps, 10) <= 6)
        """,
    ),
    (
        "who wanted it made right has a case, and nobody else",
        """
        SELECT r.id AS rating, r.wanted, r.case_id, c.member_id AS case_of, r.member_id AS rated_by
        FROM rating r LEFT JOIN customer_case c ON c.id = r.case_id
        WHERE (r.wanted IS NOT NULL AND r.wanted) <> (r.case_id IS NOT NULL)
           OR (c.id IS NOT NULL AND COALESCE(c.member_id, -1) <> COALESCE(r.member_id, -1))
        """,
    ),
    (
        "an answer under a rating has its author",
        "SELECT id AS rating, reply_at, reply_by_id FROM rating WHERE (reply_at IS NULL) <> (reply_by_id IS NULL)",
    ),
    (
        "a card that is gone waits for nothing, and what it said is forgotten",
        """
        SELECT m.id AS member, c.code AS case_code, c.state, e.id AS entry FROM member m
        JOIN customer_case c ON c.member_id = m.id LEFT JOIN case_entry e ON e.case_id = c.id AND e.text_sealed IS NOT NULL
        WHERE (m.erased_at IS NOT NULL AND (c.state NOT IN ('closed', 'merged') OR e.id IS NOT NULL))
           OR m.merged_into_id IS NOT NULL
        UNION ALL
        SELECT m.id, NULL, NULL, r.id FROM member m JOIN rating r ON r.member_id = m.id
        WHERE (m.erased_at IS NOT NULL AND (r.text_sealed IS NOT NULL OR r.reply_sealed IS NOT NULL OR r.photo_id IS NOT NULL))
           OR m.merged_into_id IS NOT NULL
        """,
    ),
)
