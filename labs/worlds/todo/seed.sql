INSERT INTO todos (id, title, done, due) VALUES
(1, 'Water the fig tree', false, '2026-03-02'),
(2, 'Call the dentist', false, '2026-03-06'),
(3, 'Return Priya''s ladder', true, '2026-02-20'),
(4, 'Pay the electricity', false, '2026-02-27'),
(5, 'Find out who has the spare key', false, NULL),
(6, 'Book the train to Groningen', true, '2026-02-28'),
(7, 'Learn what an ETag is', false, NULL),
(8, 'Buy stamps', true, NULL),
(9, 'Mend the bicycle light', false, '2026-03-02'),
(10, 'Water the fig tree', true, '2026-02-23'),
(11, 'Write to Aunt Greta', false, '2026-04-11'),
(12, 'Empty the letter box of 14b', false, '2026-03-03');
