-- Bookings around $at, in one dialect for SQLite and PostgreSQL: those behind are done, those ahead confirmed.
-- A person gives an hour and needs a quarter to clean up; every one of a store's $people is booked some times a day.
-- `placed` says which store, which of its people, and when: the first store has one year of them, the others as long as it takes.
INSERT INTO booking (id, code, key, store_id, member_id, guest, source, state, people, starts_at, ends_at, price, options, cancel_until,
    sequence, requested_at, answered_at, arrived_at, ended_at, why)
SELECT i, 'bench' || i, 'bench:' || i, store, i % $members + 1, '', 'member',
    CASE WHEN at < $at THEN 'done' ELSE 'confirmed' END, 1, at, at + 3600, 12800, '[]', at - 7200, 0, at - 86400, at - 86400,
    CASE WHEN at < $at THEN at END, CASE WHEN at < $at THEN at + 3600 END, ''
FROM placed;

INSERT INTO part (id, booking_id, service_id, resource_id, people, starts_at, ends_at, free_at, price)
SELECT i, i, store, (store - 1) * $people + provider + 1, 1, at, at + 3600, at + 4500, 12800 FROM placed;

INSERT INTO seat (resource_id, at, number, part_id)
SELECT resource_id, starts_at + quarter * 900, 0, part.id
FROM part, (SELECT 0 AS quarter UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS quarters;
