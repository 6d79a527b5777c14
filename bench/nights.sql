-- Five more bills for each of N members, spread over two years by who they are, so that intervals, grades and lives differ.
INSERT INTO purchase (store_id, code, key, receipt, source, amount, price, refunded, member_id, staff_id, at)
SELECT m.id % 8 + 1, 'N' || k.k || '-' || m.id, 'n' || k.k || '-' || m.id, 'night', 'desk', 1000 + (m.id * 37 % 9000) * k.k, '{}', 0, m.id, 1,
    $at - (m.id % 97 + 1) * k.k * 86400 - m.id % 40000
FROM member m CROSS JOIN (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) k WHERE m.id <= $n;
