"""What must be true of what is remembered, of two cards that were joined, and of who acts for whom; as `check` proves it."""

INVARIANTS: tuple[tuple[str, str], ...] = (
    (
        "what is forgotten has no words, and a card that is forgotten is remembered by nothing",
        """
        SELECT n.id AS memory, n.member_id AS member, n.forgotten_at FROM memory n JOIN member m ON m.id = n.member_id
        WHERE (n.forgotten_at IS NOT NULL AND n.text_sealed IS NOT NULL) OR m.erased_at IS NOT NULL
        """,
    ),
    (
        "what is remembered was written by the member, or by somebody of the shop who is named",
        """
        SELECT id AS memory, source, staff_id AS staff FROM memory
        WHERE (source = 'member' AND staff_id IS NOT NULL) OR (source = 'counter' AND staff_id IS NULL)
        """,
    ),
    (
        "two cards became one with both yeses, and stand so until they are parted",
        """
        SELECT c.code AS merge, c.state, c.first_yes_at, c.second_yes_at, m.merged_into_id AS second_in FROM card_merge c
        JOIN member m ON m.id = c.second_id
        WHERE (c.state IN ('merged', 'undone') AND (c.first_yes_at IS NULL OR c.second_yes_at IS NULL OR c.undo_until IS NULL))
           OR (c.state = 'merged' AND m.merged_into_id IS NULL AND m.erased_at IS NULL)
           OR (c.state = 'undone' AND m.merged_into_id = c.first_id AND NOT EXISTS (
               SELECT 1 FROM card_merge d WHERE d.state = 'merged' AND d.first_id = c.first_id AND d.second_id = c.second_id))
        """,
    ),
    (
        "nothing is asked about a card that is gone",
        """
        SELECT c.code AS merge, m.id AS member FROM card_merge c JOIN member m ON m.id IN (c.first_id, c.second_id)
        WHERE c.state = 'asked' AND (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL)
        """,
    ),
    (
        "what a merge moved is kept only while it may be undone",
        """
        SELECT v.merge_id AS merge, c.state, COUNT(*) AS rows FROM card_moved v JOIN card_merge c ON c.id = v.merge_id
        WHERE c.state <> 'merged' GROUP BY v.merge_id, c.state
        """,
    ),
    (
        "who acts for somebody was told that they may, and nobody acts for a card that is gone",
        """
        SELECT d.id AS device, d.member_id AS helper, d.helping_id AS member, m.erased_at, m.merged_into_id FROM device d
        JOIN member m ON m.id = d.helping_id
        WHERE d.ended_at IS NULL AND (m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM kin k WHERE k.member_id = d.helping_id AND k.helper_id = d.member_id
              AND k.agreed_at IS NOT NULL AND k.ended_at IS NULL))
        """,
    ),
    (
        "a family tie ends once, and whoever is gone has none",
        """
        SELECT k.code AS kin, k.member_id AS member, k.helper_id AS helper FROM kin k
        JOIN member m ON m.id = k.member_id JOIN member h ON h.id = k.helper_id
        WHERE (k.ended_by_id IS NOT NULL AND k.ended_at IS NULL)
           OR (k.ended_at IS NULL AND (m.erased_at IS NOT NULL OR h.erased_at IS NOT NULL
               OR m.merged_into_id IS NOT NULL OR h.merged_into_id IS NOT NULL))
        """,
    ),
)
