INSERT INTO old_tools (id, name, deposit) VALUES
(1, 'Cordless drill', 40.00),
(2, 'Ladder, 3 m', 60.00),
(3, 'Tile cutter', 35.00),
(4, 'Hedge trimmer', -45.00),
(5, 'Jigsaw', 30.00),
(6, 'Wheelbarrow', 20.00),
(7, 'Sewing machine', 80.00),
(8, 'Sander', 25.00);

INSERT INTO old_members (id, name, email, phone) VALUES
(1, 'Amara Silva', 'amara@example.org', '555-0101'),
(2, 'Jonas Visser', 'jonas@example.org', NULL),
(3, 'Ines Calder', 'ines@example.org', '555-0103'),
(4, 'Noor Brandt', 'noor@example.org', NULL),
(5, 'Ines Calder', 'ines@example.org', '555-0103'),
(6, 'Emre Rossi', 'emre@example.org', '555-0106'),
(7, 'Ines Calder', 'ines.calder@example.net', NULL);

INSERT INTO old_loans (id, tool_id, member_id, due) VALUES
(1, 1, 2, '2026-03-06'),
(2, 4, 3, '2026-03-04'),
(3, 3, 17, '2026-03-09'),
(4, 7, 6, '2026-03-12'),
(5, 1, 4, '2026-03-20');
