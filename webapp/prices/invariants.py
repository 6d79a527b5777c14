"""What holds for every kind of coupon, word, neighbour and handout: each as one question that returns the rows that break it. Asked by `flask check`."""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "of a kind of coupon as many were given as it counts",
        """
        SELECT t.id AS template, t.given, k.n AS coupons FROM coupon_template t
        LEFT JOIN (SELECT template_id, COUNT(*) AS n FROM coupon WHERE template_id IS NOT NULL GROUP BY template_id) k
            ON k.template_id = t.id
        WHERE t.given <> COALESCE(k.n, 0)
        """,
    ),
    (
        "a word gave as many coupons as it counts",
        """
        SELECT w.code AS word, w.used, k.n AS coupons FROM promo_code w
        LEFT JOIN (
            SELECT rtrim(key, '0123456789') AS of_word, COUNT(*) AS n FROM coupon
            WHERE "trigger" = 'code' GROUP BY rtrim(key, '0123456789')
        ) k ON k.of_word = 'code:' || w.id || ':'
        WHERE w.used <> COALESCE(k.n, 0)
        """,
    ),
    (
        "a handout gave as many coupons as it counts, and has looked at everybody it gave one",
        """
        SELECT h.id AS handout, h.seen, h.given, k.n AS coupons FROM coupon_handout h
        LEFT JOIN (
            SELECT rtrim(key, '0123456789') AS of_handout, COUNT(*) AS n FROM coupon
            WHERE "trigger" = 'rule' GROUP BY rtrim(key, '0123456789')
        ) k ON k.of_handout = 'handout:' || h.id || ':'
        WHERE h.given <> COALESCE(k.n, 0) OR h.given > h.seen
        """,
    ),
    (
        "a coupon that waits at a counter has its words and an open card there, and every such card its coupon",
        """
        SELECT k.code AS coupon, k.held_until, k.held_store_id, k.used_at, w.id AS card FROM coupon k
        LEFT JOIN work w ON w.kind = 'coupon' AND w.ref = k.code AND w.done_at IS NULL
        WHERE (k.held_until IS NOT NULL OR w.id IS NOT NULL)
          AND (k.held_until IS NULL OR w.id IS NULL OR k.used_at IS NOT NULL OR k.pair = '' OR k.held_store_id IS NULL
               OR w.store_id <> k.held_store_id)
        """,
    ),
    (
        "a coupon on a bill was used by that bill's member, there, once, for no more than the bill",
        """
        SELECT k.code AS coupon, p.code AS bill, k.saved, p."full", p.amount, p.refunded FROM coupon k
        JOIN purchase p ON p.id = k.purchase_id
        WHERE k.used_at IS NULL OR k.saved IS NULL OR k.saved < 0 OR k.saved > COALESCE(p."full", p.amount)
           OR p.member_id IS NULL OR p.member_id <> k.member_id OR p.store_id <> k.used_store_id
           OR (p.refunded = p.amount AND p.amount > 0)
           OR k.purchase_id IN (
               SELECT purchase_id FROM coupon WHERE purchase_id IS NOT NULL GROUP BY purchase_id HAVING COUNT(*) > 1
           )
        """,
    ),
    (
        "a bill costs no more than its full price, and where it costs less it says why",
        """
        SELECT code AS bill, "full", amount, price FROM purchase
        WHERE "full" < amount OR ("full" > amount AND price = '{}') OR ("full" IS NULL AND price <> '{}')
        """,
    ),
    (
        "a coupon was not used before it was good, and what it saved stands beside a use",
        """
        SELECT code AS coupon, from_at, used_at, saved FROM coupon
        WHERE (used_at IS NOT NULL AND used_at < from_at) OR (used_at IS NULL AND (saved IS NOT NULL OR purchase_id IS NOT NULL))
        """,
    ),
    (
        "a neighbour gave as many codes as it counts, each used in its time",
        """
        SELECT p.id AS partner, p.given, v.n AS codes, v.wrong FROM partner p
        LEFT JOIN (
            SELECT partner_id, COUNT(*) AS n, SUM(CASE WHEN used_at < made_at OR used_at >= expires_at THEN 1 ELSE 0 END) AS wrong
            FROM partner_voucher GROUP BY partner_id
        ) v ON v.partner_id = p.id
        WHERE p.given <> COALESCE(v.n, 0) OR v.wrong > 0
        """,
    ),
)
