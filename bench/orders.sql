-- $orders orders of the first store, in one dialect for SQLite and PostgreSQL. The newest 240 are at work or on the rack in every shop alike;
-- all others were collected in the two years before. Two pieces each, with every step they took.
CREATE TEMPORARY TABLE bulk AS
WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < $orders)
SELECT i,
    CASE WHEN i <= 20 THEN 'intake' WHEN i <= 80 THEN 'awaiting' WHEN i <= 200 THEN 'agreed' WHEN i <= 240 THEN 'ready' ELSE 'collected' END AS state,
    CASE WHEN i <= 240 THEN $at - i * 1800 ELSE $at - 691200 - CAST(i * 62000000.0 / $orders AS BIGINT) END AS at,
    CASE WHEN i <= 1000 THEN 1 + i % 200 ELSE 201 + i % ($members - 200) END AS member
FROM number;

INSERT INTO laundry_order (id, code, key, store_id, member_id, guest, state, price, receipt, made_at, asked_at, agreed_at, agreed_how, agreed_why,
    first_promised_at, promised_at, in_parts, promises, rack, ready_at, reminders, ended_at, why, asked_well_at)
SELECT i, 'BENCH' || i, 'bench:' || i, 1, member, '', state, 9000, '', at, CASE WHEN state <> 'intake' THEN at END,
    CASE WHEN state IN ('agreed', 'ready', 'collected') THEN at + 3600 END, CASE WHEN state IN ('agreed', 'ready', 'collected') THEN 'phone' ELSE '' END, '',
    CASE WHEN state <> 'intake' THEN at + 259200 END, CASE WHEN state <> 'intake' THEN at + 259200 END, false, 0,
    CASE WHEN i > 200 THEN 'A-1' ELSE '' END, CASE WHEN i > 200 THEN at + 172800 END, 0, CASE WHEN i > 240 THEN at + 345600 END, '',
    CASE WHEN i > 240 THEN at + 518400 END
FROM bulk;

INSERT INTO garment (id, order_id, tag, key, kind, name, fabric, colour, brand, price, wish, stage, stage_at, failed, handed_at)
SELECT i * 2 - half, i, 'B' || (i * 2 - half), 'bench:' || i || ':' || half, 'coat', '{"zh":"大衣"}', 'wool', 'grey', '', 4500, '',
    CASE WHEN i <= 80 THEN 'received' WHEN i <= 120 THEN 'agreed' WHEN i <= 160 THEN 'treated' WHEN i <= 200 THEN 'cleaned' ELSE 'racked' END,
    at + 7200, 0, CASE WHEN i > 240 THEN at + 345600 END
FROM bulk, (SELECT 0 AS half UNION ALL SELECT 1) AS halves;

INSERT INTO step (garment_id, stage, passed, why, at)
SELECT garment.id, stages.stage, true, '', stage_at FROM garment, (
    SELECT 1 AS n, 'received' AS stage UNION ALL SELECT 2, 'agreed' UNION ALL SELECT 3, 'treated' UNION ALL SELECT 4, 'cleaned'
    UNION ALL SELECT 5, 'checked' UNION ALL SELECT 6, 'racked'
) AS stages
WHERE n <= CASE garment.stage WHEN 'received' THEN 1 WHEN 'agreed' THEN 2 WHEN 'treated' THEN 3 WHEN 'cleaned' THEN 4 ELSE 6 END
ORDER BY garment.id, n;
