-- $cases cases of the first store, in one dialect for SQLite and PostgreSQL. The newest $open are open, one in $unanswered of them not answered yet,
-- all others were closed in the two years before.
CREATE TEMPORARY TABLE bulk AS
WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < $cases)
SELECT i, CASE WHEN i <= $open THEN 'open' ELSE 'closed' END AS state,
    CASE WHEN i <= $open THEN $at - 3600 - i % 36000 ELSE $at - 691200 - CAST(i * 62000000.0 / $cases AS BIGINT) END AS at,
    CASE WHEN i <= $open AND i % $unanswered = 0 THEN 1 ELSE 0 END AS fresh,
    1 + i % ($members - 1) AS member
FROM number;

INSERT INTO customer_case (id, code, key, store_id, member_id, guest, kind, category, urgent, wish, source, about, ref, state, level, owner_id,
    made_at, due_at, closed_at, changed)
SELECT i, 'BENCH' || i, 'bench:' || i, 1, member, '', 'complaint', 'wait', i % 50 = 0, 'explain', 'app', '', '', state, 'senior', (SELECT MIN(id) FROM staff),
    at, CASE WHEN fresh = 1 THEN at + 900 ELSE at + 86400 END, CASE WHEN state = 'closed' THEN at + 172800 END, ''
FROM bulk;

INSERT INTO case_step (case_id, number, begins_at, warn_at, due_at, warned_at, done_at)
SELECT i, number, at, at + seconds * 3 / 4, at + seconds, CASE WHEN fresh = 1 AND number = 1 THEN at + 675 END,
    CASE WHEN state = 'closed' THEN at + seconds / 2 WHEN number = 1 AND fresh = 0 THEN at + 450 END
FROM bulk, (
    SELECT 1 AS number, 900 AS seconds UNION ALL SELECT 2, 86400 UNION ALL SELECT 3, 259200 UNION ALL SELECT 4, 604800
) AS steps
ORDER BY i, number;

INSERT INTO case_entry (key, case_id, kind, member_id, guest, data, at)
SELECT 'bench:' || i || ':first', i, 'said', member, false, '{}', at FROM bulk;

INSERT INTO work (store_id, kind, ref, member_id, brief, made_at, due_at, done_at)
SELECT 1, 'case', 'BENCH' || i, member, '{"category":"wait","guest":"","owner":"","sort":"complaint","step":1,"urgent":false}', at, at + 86400,
    CASE WHEN state = 'closed' THEN at + 172800 END
FROM bulk;

CREATE TEMPORARY TABLE cared AS SELECT member, MIN(at) AS since FROM bulk WHERE state = 'open' GROUP BY member;

UPDATE member SET care_since = (SELECT since FROM cared WHERE cared.member = member.id) WHERE id IN (SELECT member FROM cared)
