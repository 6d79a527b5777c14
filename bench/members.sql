-- Everything that N members leave behind in a year, in one dialect for SQLite and PostgreSQL. `bulk` holds the numbers 1 … $n,
-- and member i has line i, n+i, 2n+i, 3n+i, 4n+i (in order of time, as they would lie in a real ledger), lots i, n+i, 2n+i.
INSERT INTO member (id, brand_id, code, name, name_key, phone_sealed, phone_key, tail_key, tier, locale, large, theme, points, held, owed,
    version, source, store_id, joined_at, seen_at)
SELECT i, 1, 'B' || replace(replace(i || '', '0', 'A'), '1', 'C'), '会员' || i, utf8('会员' || i), $sealed, sha256hex('phone' || i),
    sha256hex('tail' || (i % 10000)), CASE WHEN i % 50 = 0 THEN 'vip' WHEN i % 10 = 0 THEN 'loyal' ELSE 'ordinary' END, 'zh', $no,
    'auto', 100 + 2000 + i % 500 + 3000 - 60, 0, 0, 5, 'poster', i % 8 + 1, $at - 300 * 86400, $at - 20 * 86400 FROM bulk;

INSERT INTO consent (member_id, purpose, granted, text_version, source, at)
SELECT i, 'service', $yes, '2026-01', 'join', $at - 300 * 86400 FROM bulk;

INSERT INTO device (kind, token_hash, member_id, store_id, label, made_at, seen_at, expires_at, proved_at)
SELECT 'member', sha256hex('bench-' || i), i, i % 8 + 1, 'Safari, iPhone', $at - 300 * 86400, $later, $later, $at FROM bulk;

INSERT INTO purchase (id, store_id, code, key, receipt, source, amount, price, refunded, member_id, staff_id, at)
SELECT i, i % 8 + 1, 'P' || i, 'p' || i, '', 'desk', (2000 + i % 500) * 100, '{}', 0, i, 1, $at - 100 * 86400 FROM bulk;
INSERT INTO purchase (id, store_id, code, key, receipt, source, amount, price, refunded, member_id, staff_id, at)
SELECT $n + i, i % 8 + 1, 'Q' || i, 'q' || i, '', 'desk', 300000, '{}', 0, i, 1, $at - 20 * 86400 FROM bulk;

INSERT INTO ledger_line (id, member_id, kind, points, held, owed, reason, inputs, key, at, store_id)
SELECT i, i, 'bonus', 100, 0, 0, 'welcome', '{}', 'welcome:' || i, $at - 300 * 86400, i % 8 + 1 FROM bulk;
INSERT INTO ledger_line (id, member_id, kind, points, held, owed, reason, inputs, key, at, store_id, staff_id, purchase_id)
SELECT $n + i, i, 'earn', 2000 + i % 500, 0, 0, 'bill',
    '{"amount":' || ((2000 + i % 500) * 100) || ',"policy":1,"rate":100,"tier":"ordinary","tier_rate":100}',
    'bill:P' || i, $at - 100 * 86400, i % 8 + 1, 1, i FROM bulk;
INSERT INTO ledger_line (id, member_id, kind, points, held, owed, reason, inputs, key, at, store_id)
SELECT 2 * $n + i, i, 'hold', -60, 60, 0, 'redemption', '{"code":"R' || i || '","reward":{"en":"Reward 5","zh":"礼品五"}}',
    'hold:R' || i, $at - 60 * 86400, i % 8 + 1 FROM bulk;
INSERT INTO ledger_line (id, member_id, kind, points, held, owed, reason, inputs, key, at, store_id, staff_id, twin_id)
SELECT 3 * $n + i, i, 'capture', 0, -60, 0, 'captured', '{"code":"R' || i || '","reward":{"en":"Reward 5","zh":"礼品五"}}',
    'settle:R' || i, $at - 60 * 86400 + 90, i % 8 + 1, 1, 2 * $n + i FROM bulk;
INSERT INTO ledger_line (id, member_id, kind, points, held, owed, reason, inputs, key, at, store_id, staff_id, purchase_id)
SELECT 4 * $n + i, i, 'earn', 3000, 0, 0, 'bill', '{"amount":300000,"policy":1,"rate":100,"tier":"ordinary","tier_rate":100}',
    'bill:Q' || i, $at - 20 * 86400, i % 8 + 1, 1, $n + i FROM bulk;

INSERT INTO lot (id, line_id, member_id, size, "left", expires_at)
SELECT i, i, i, 100, 40, CASE WHEN i % 4 = 0 THEN $soon ELSE $later END FROM bulk;
INSERT INTO lot (id, line_id, member_id, size, "left", expires_at)
SELECT $n + i, $n + i, i, 2000 + i % 500, 2000 + i % 500, $later FROM bulk;
INSERT INTO lot (id, line_id, member_id, size, "left", expires_at)
SELECT 2 * $n + i, 4 * $n + i, i, 3000, 3000, $later + 86400 FROM bulk;
INSERT INTO lot_use (lot_id, line_id, points) SELECT i, 2 * $n + i, 60 FROM bulk;

INSERT INTO redemption (id, code, member_id, reward_id, store_id, shelf_id, points, words, state, ticket, line_id, held_at,
    expires_at, settled_at, settled_by_id, why)
SELECT i, 'R' || i, i, 5, i % 8 + 1, 4 * 8 + i % 8 + 1, 60, '3-41', 'captured', 'first', 2 * $n + i, $at - 60 * 86400,
    $at - 60 * 86400 + 600, $at - 60 * 86400 + 90, 1, '' FROM bulk;
INSERT INTO work (store_id, kind, ref, member_id, brief, made_at, due_at, done_at)
SELECT i % 8 + 1, 'redemption', 'R' || i, i, '{"points":60,"reward":{"en":"Reward 5","zh":"礼品五"},"words":"3-41"}',
    $at - 60 * 86400, $at - 60 * 86400 + 600, $at - 60 * 86400 + 90 FROM bulk;
INSERT INTO event (at, verb, store_id, staff_id, member_id, ref, data)
SELECT $at - 60 * 86400 + 90, 'approved', i % 8 + 1, 1, i, 'R' || i, '{}' FROM bulk;
INSERT INTO message (member_id, kind, text, params, url, key, at, read_at)
SELECT i, 'service', 'redemption_captured', '{"points":60,"reward":{"en":"Reward 5","zh":"礼品五"}}', '/redemptions/R' || i,
    'approved:R' || i, $at - 60 * 86400 + 90, CASE WHEN i % 3 = 0 THEN NULL ELSE $at - 59 * 86400 END FROM bulk;
