"""What must be true of calls to customers, as `check` proves it: a name, and the query that selects the rows that break it."""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "a call that is over says what came of it, and by whom",
        """
        SELECT code AS follow_up, state, outcome, done_by_id AS done_by FROM follow_up
        WHERE (state = 'done' AND (outcome NOT IN ('glad', 'unhappy', 'done', 'no_answer') OR done_by_id IS NULL))
           OR (state = 'open' AND outcome NOT IN ('', 'no_answer', 'later'))
        """,
    ),
    (
        "every call that was made is written down once",
        """
        SELECT f.code AS follow_up, f.tries, COUNT(t.id) AS written FROM follow_up f
        LEFT JOIN follow_try t ON t.follow_id = f.id GROUP BY f.code, f.tries HAVING f.tries <> COUNT(t.id)
        """,
    ),
    (
        "nobody is to be rung who is gone",
        """
        SELECT f.code AS follow_up, f.kind, f.member_id AS member FROM follow_up f JOIN member m ON m.id = f.member_id
        WHERE f.state = 'open' AND (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL)
        """,
    ),
    (
        "what was said on the telephone is forgotten with whoever said it",
        """
        SELECT t.id AS follow_try, f.member_id AS member FROM follow_try t
        JOIN follow_up f ON f.id = t.follow_id JOIN member m ON m.id = f.member_id
        WHERE m.erased_at IS NOT NULL AND t.note_sealed IS NOT NULL
        """,
    ),
)
