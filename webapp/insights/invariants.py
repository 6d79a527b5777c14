"""What always holds of grades and segments; `webapp/check.py` proves it, `docs/invariants.md` says why."""

INVARIANTS = (
    (
        "a card that is gone has no grade and never moved",
        """
        SELECT m.id AS member, m.erased_at, m.merged_into_id FROM member m
        WHERE (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL)
          AND (EXISTS (SELECT 1 FROM grade g WHERE g.member_id = m.id)
            OR EXISTS (SELECT 1 FROM grade_move v WHERE v.member_id = m.id))
        """,
    ),
    (
        "after a night whoever bought has a grade, whoever came has a class, and nobody else",
        """
        SELECT member_id AS member, grade, spent, frequency, visits FROM grade
        WHERE ((grade IS NOT NULL) <> (spent > 0) OR (frequency IS NOT NULL) <> (visits > 0))
          AND NOT EXISTS (SELECT 1 FROM grade_run WHERE state <> 'done')
        """,
    ),
    (
        "what is counted of a member fits together",
        """
        SELECT member_id AS member, visits, visits_ever, spent, spent_ever, first_at, last_at, risk FROM grade
        WHERE visits > visits_ever OR spent > spent_ever OR visits < 0 OR spent < 0 OR risk NOT BETWEEN 0 AND 100
           OR (visits_ever > 0) <> (last_at IS NOT NULL) OR (visits_ever > 1) <> ("interval" IS NOT NULL)
           OR first_at > last_at OR (due_at IS NOT NULL) <> (last_at IS NOT NULL)
        """,
    ),
    ("a move goes somewhere", "SELECT id AS move, what, before, after FROM grade_move WHERE before = after"),
    ("one night at a time", "SELECT MIN(day) AS day FROM grade_run WHERE state <> 'done' HAVING COUNT(*) > 1"),
)
