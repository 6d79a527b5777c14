"""What must be true of orders and garments, as `check` proves it: a name, and the query that selects the rows that break it.

The words that begin, end and take back steps are those of `intake` and `stages`; tests break each of these behind the rules' back.
"""

# Every step with the stage before it, and the one before that.
_CHAIN = """
    SELECT s.id, s.garment_id, s.stage, s.passed, s.why,
           LAG(s.stage) OVER chain AS came, LAG(s.stage, 2) OVER chain AS earlier, LAG(s.passed) OVER chain AS came_passed
    FROM step s WINDOW chain AS (PARTITION BY s.garment_id ORDER BY s.id)
"""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "an order is ready when all its pieces hang or are handed over, and not before",
        """
        SELECT o.code AS laundry, o.state, g.pieces, g.undone FROM laundry_order o LEFT JOIN (
            SELECT order_id, COUNT(*) AS pieces,
                   SUM(CASE WHEN stage <> 'racked' AND handed_at IS NULL THEN 1 ELSE 0 END) AS undone
            FROM garment GROUP BY order_id
        ) g ON g.order_id = o.id
        WHERE (o.state = 'ready' AND COALESCE(g.undone, 1) > 0) OR (o.state = 'agreed' AND COALESCE(g.undone, 0) = 0)
        """,
    ),
    (
        "what was collected was handed over, every piece, and nothing before it was agreed",
        """
        SELECT o.code AS laundry, o.state, g.tag AS garment, g.handed_at FROM laundry_order o JOIN garment g ON g.order_id = o.id
        WHERE (o.state = 'collected' AND g.handed_at IS NULL)
           OR (o.state IN ('intake', 'awaiting') AND g.handed_at IS NOT NULL) OR (g.handed_at IS NOT NULL AND g.stage <> 'racked')
        """,
    ),
    (
        "nothing is treated before somebody agreed, or a manager said why not",
        """
        SELECT o.code AS laundry, o.state, o.agreed_how, g.tag AS garment, g.stage
        FROM laundry_order o JOIN garment g ON g.order_id = o.id
        WHERE (g.stage = 'received') <> (o.agreed_at IS NULL) OR (o.agreed_at IS NULL) <> (o.agreed_how = '')
           OR (o.agreed_how = 'manager' AND (o.agreed_by_id IS NULL OR o.agreed_why = ''))
        """,
    ),
    (
        "an order's stamps are those of its state",
        """
        SELECT code AS laundry, state, asked_at, agreed_at, promised_at, ready_at, ended_at FROM laundry_order
        WHERE (state IN ('intake', 'awaiting') AND agreed_at IS NOT NULL)
           OR (state IN ('agreed', 'ready', 'collected') AND (agreed_at IS NULL OR promised_at IS NULL))
           OR (state = 'awaiting' AND (asked_at IS NULL OR promised_at IS NULL))
           OR (state IN ('intake', 'awaiting', 'agreed') AND ready_at IS NOT NULL)
           OR (state IN ('ready', 'collected') AND ready_at IS NULL)
           OR (state IN ('collected', 'cancelled')) <> (ended_at IS NOT NULL)
           OR (promised_at IS NULL) <> (first_promised_at IS NULL)
        """,
    ),
    (
        "an order costs what its garments cost",
        """
        SELECT o.code AS laundry, o.price, g.price AS garments FROM laundry_order o LEFT JOIN (
            SELECT order_id, SUM(price) AS price FROM garment GROUP BY order_id
        ) g ON g.order_id = o.id
        WHERE o.price <> COALESCE(g.price, 0)
        """,
    ),
    (
        "an order has one bill, of its own store, and no other order has it",
        """
        SELECT o.code AS laundry, o.state, p.code AS bill FROM laundry_order o JOIN purchase p ON p.id = o.purchase_id
        WHERE p.store_id <> o.store_id OR o.state <> 'collected' OR o.paid_at IS NULL
           OR (SELECT COUNT(*) FROM laundry_order other WHERE other.purchase_id = o.purchase_id) > 1
        """,
    ),
    (
        "every garment is where its last step brought it, and its failed checks are counted",
        f"""
        SELECT g.tag AS garment, g.stage, t.stage AS step, g.failed, f.failed AS steps FROM garment g
        LEFT JOIN (SELECT garment_id, MAX(id) AS id FROM step GROUP BY garment_id) l ON l.garment_id = g.id
        LEFT JOIN step t ON t.id = l.id
        LEFT JOIN (
            SELECT garment_id, SUM(CASE WHEN NOT passed THEN 1 WHEN why = 'undone' AND NOT came_passed THEN -1 ELSE 0 END) AS failed
            FROM ({_CHAIN}) c GROUP BY garment_id
        ) f ON f.garment_id = g.id
        WHERE t.id IS NULL OR t.stage <> g.stage OR f.failed <> g.failed
        """,  # noqa: S608 - our own text
    ),
    (
        "a garment goes from one stage to the next, back after a failed check, or one step back",
        f"""
        SELECT c.id AS step, c.garment_id AS garment, c.came, c.stage, c.passed, c.why FROM ({_CHAIN}) c
        WHERE NOT COALESCE(CASE
            WHEN c.came IS NULL THEN c.passed AND c.stage = 'received'
            WHEN NOT c.passed THEN c.came = 'cleaned' AND c.stage = 'agreed' AND c.why <> ''
            WHEN c.why = 'undone' THEN c.stage = c.earlier
            WHEN c.why = 'again' THEN c.came = 'agreed' AND c.stage = 'received'
            ELSE c.came || ' ' || c.stage IN
                ('received agreed', 'agreed treated', 'treated cleaned', 'cleaned checked', 'checked racked')
        END, false)
        """,  # noqa: S608 - our own text
    ),
    (
        "a check that needs two was by somebody else than who cleaned it",
        """
        SELECT c.id AS step, c.garment_id AS garment, c.staff_id AS checked_by, w.staff_id AS cleaned_by
        FROM step c JOIN step w ON w.id = (
            SELECT MAX(b.id) FROM step b
            WHERE b.garment_id = c.garment_id AND b.id < c.id AND b.stage = 'cleaned' AND b.why <> 'undone'
        )
        WHERE c.stage = 'checked' AND c.passed AND c.why = 'second' AND c.staff_id = w.staff_id
        """,
    ),
    (
        "an order's wardrobe, words and pictures are its member's",
        """
        SELECT o.code AS laundry, o.member_id AS member, x.what, x.member_id AS theirs FROM laundry_order o JOIN (
            SELECT g.order_id, w.member_id, 'worn' AS what FROM garment g JOIN wear w ON w.id = g.wear_id
            UNION ALL SELECT order_id, member_id, 'said' FROM order_word WHERE member_id IS NOT NULL
            UNION ALL SELECT g.order_id, p.member_id, 'pictured' FROM garment_photo i
            JOIN garment g ON g.id = i.garment_id JOIN photo p ON p.id = i.photo_id WHERE p.member_id IS NOT NULL
        ) x ON x.order_id = o.id
        WHERE x.member_id <> COALESCE(o.member_id, 0)
        """,
    ),
    (
        "a card about an order leaves when there is nothing left to do",
        """
        SELECT w.id AS card, w.kind, o.code AS laundry, o.state FROM work w LEFT JOIN laundry_order o ON o.code = w.ref
        WHERE w.done_at IS NULL AND (
            (w.kind IN ('agree', 'promise', 'uncollected') AND o.id IS NULL)
            OR (w.kind = 'agree' AND o.state <> 'awaiting')
            OR (w.kind = 'promise' AND o.state NOT IN ('intake', 'awaiting', 'agreed'))
            OR (w.kind = 'uncollected' AND o.state <> 'ready'))
        """,
    ),
    (
        "a card that is gone has no wardrobe, and of a merged one nothing is at the laundry",
        """
        SELECT m.id AS member, w.id AS wear, o.code AS laundry FROM member m LEFT JOIN wear w ON w.member_id = m.id
        LEFT JOIN laundry_order o ON o.member_id = m.id AND (m.merged_into_id IS NOT NULL OR o.note_sealed IS NOT NULL)
        WHERE (m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL) AND (w.id IS NOT NULL OR o.id IS NOT NULL)
        """,
    ),
)
