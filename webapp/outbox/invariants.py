"""What must be true of what leaves the house, as `check` proves it: a name, and the query that selects the rows that break it."""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "what was told to another system was taken by it",
        """
        SELECT id AS hook_call, state, status, tries FROM hook_call
        WHERE (state = 'sent' AND error = '' AND (status IS NULL OR status NOT BETWEEN 200 AND 299)) OR tries > 20
        """,
    ),
    (
        "no browser is woken for somebody who is gone",
        """
        SELECT p.id AS push, p.member_id AS member FROM push p JOIN member m ON m.id = p.member_id
        WHERE p.ended_at IS NULL AND (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL)
        """,
    ),
)
