"""What must be true of care, as `check` proves it: a name, and the query that selects the rows that break it."""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "nobody is sent more in a month than anybody may choose",
        """
        SELECT member_id AS member, month, COUNT(*) AS counted FROM care_send WHERE counted
        GROUP BY member_id, month HAVING COUNT(*) > 2
        """,
    ),
    (
        "only what was sent counts, has a message, a gift or a coupon",
        """
        SELECT id AS send, state, counted, message, gift_id, coupon_id FROM care_send
        WHERE state <> 'sent' AND (counted OR message IS NOT NULL OR gift_id IS NOT NULL OR coupon_id IS NOT NULL)
        """,
    ),
    (
        "what was sent was written, and what was skipped says why",
        """
        SELECT id AS send, state, why, message FROM care_send
        WHERE (state = 'sent' AND message IS NULL) OR (state = 'skipped') <> (why <> '') OR state = 'begun'
        """,
    ),
    (
        "what tells somebody what is theirs is outside of the budget, and sells nothing",
        """
        SELECT s.id AS send, s.rule_id AS rule, s.counted, m.kind FROM care_send s JOIN care_rule r ON r.id = s.rule_id
        LEFT JOIN message m ON m.id = s.message
        WHERE r.service AND (s.counted OR m.kind <> 'service')
        """,
    ),
    (
        "every message of care is one turn of one rule, by the same member",
        """
        SELECT m.id AS message, m.kind, m.text, m.member_id AS member, COUNT(s.id) AS turns
        FROM message m LEFT JOIN care_send s ON s.message = m.id AND s.state = 'sent'
        LEFT JOIN member c ON c.id = s.member_id
        WHERE m.kind = 'care' OR m.text = 'care'
        GROUP BY m.id, m.kind, m.text, m.member_id
        HAVING COUNT(s.id) <> 1 OR m.text <> 'care'
           OR SUM(CASE WHEN m.member_id IN (s.member_id, COALESCE(c.merged_into_id, s.member_id)) THEN 0 ELSE 1 END) > 0
        """,
    ),
    (
        "what went with a message went to the same member",
        """
        SELECT s.id AS send, s.member_id AS member, g.member_id AS gift_of, k.member_id AS coupon_of
        FROM care_send s JOIN member c ON c.id = s.member_id
        LEFT JOIN gift g ON g.id = s.gift_id LEFT JOIN coupon k ON k.id = s.coupon_id
        WHERE COALESCE(g.member_id, s.member_id) NOT IN (s.member_id, COALESCE(c.merged_into_id, s.member_id))
           OR COALESCE(k.member_id, s.member_id) NOT IN (s.member_id, COALESCE(c.merged_into_id, s.member_id))
        """,
    ),
    (
        "what a member looked at was sent before, and what was ignored was judged",
        """
        SELECT id AS send, at, opened_at, visited_at, judged_at FROM care_send
        WHERE opened_at < at OR visited_at < at OR judged_at < at OR (ignored AND (judged_at IS NULL OR NOT counted))
        """,
    ),
    (
        "a rule's texts can be read in Chinese, and one that is put away is off",
        """
        SELECT id AS rule, kind, on_since, retired_at FROM care_rule
        WHERE texts NOT LIKE '%"zh":%' OR (retired_at IS NOT NULL AND on_since IS NOT NULL)
        """,
    ),
)
