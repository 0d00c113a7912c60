INSERT INTO old_tools (id, name, deposit) VALUES
(1, 'Chain saw', 90.00),
(2, 'Spirit level', -10.00),
(3, 'Tile cutter', 30.00);

INSERT INTO old_members (id, name, email, phone) VALUES
(1, 'Lena Dahl', 'lena@example.org', NULL),
(2, 'Hugo Silva', 'hugo@example.org', '555-0202'),
(3, 'Lena Dahl', 'lena@example.org', NULL);

INSERT INTO old_loans (id, tool_id, member_id, due) VALUES
(1, 1, 2, '2026-03-07'),
(2, 3, 9, '2026-03-08');
