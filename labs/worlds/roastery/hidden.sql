INSERT INTO sheet (order_no, ordered_on, email, customer, postcode, city, sku, product, unit_price, quantity, labels) VALUES
(1001, '2026-01-03', 'lena@example.org', 'Lena Dahl', '1010', 'Wien', 'KEN-250', 'Kenya, 250 g', 10.00, 1, 'gift'),
(1001, '2026-01-03', 'lena@example.org', 'Lena Dahl', '1010', 'Wien', 'BRA-250', 'Brazil, 250 g', 7.00, 2, 'gift'),
(1002, '2026-01-05', 'hugo@example.org', 'Hugo Silva', '1010', 'Wien', 'KEN-250', 'Kenya, 250 g', 10.00, 2, NULL),
(1002, '2026-01-05', 'hugo@example.org', 'Hugo Silva', '1010', 'Wien', 'MUG-1', 'Mug', 12.00, 1, NULL),
(1003, '2026-01-09', 'lena@example.org', 'Lena Dahl', '1010', 'Wien', 'BRA-250', 'Brazil, 250 g', 7.00, 1, 'express'),
(1003, '2026-01-09', 'lena@example.org', 'Lena Dahl', '1010', 'Wien', 'MUG-1', 'Mug', 12.00, 2, 'express'),
(1004, '2026-01-21', 'emre@example.org', 'Emre Rossi', '4051', 'Basel', 'BRA-250', 'Brazil, 250 g', 7.30, 1, 'giftcard'),
(1004, '2026-01-21', 'emre@example.org', 'Emre Rossi', '4051', 'Basel', 'KEN-500', 'Kenya, 500 g', 18.00, 1, 'giftcard'),
(1005, '2026-02-01', 'lena.d@example.net', 'Lena Dahl', '4051', 'Basel', 'KEN-250', 'Kenya, 250 g', 10.40, 1, NULL),
(1006, '2026-02-08', 'hugo@example.org', 'Hugo Silva', '1010', 'Wien', 'MUG-1', 'Mug', 11.00, 6, 'gift,express'),
(1012, '2026-02-11', 'lena@example.org', 'Lena Dahl', '1010', 'Wien', 'KEN-500', 'Kenya, 500 g', 18.00, 2, NULL);

INSERT INTO shifts (day, worker_no, worker_name, machine, hall, hours) VALUES
('2026-02-23', 1, 'Ada Costa', 'Drum roaster', 'East', 8),
('2026-02-23', 2, 'Ada Costa', 'Grinder', 'East', 5),
('2026-02-24', 1, 'Ada Costa', 'Grinder', 'East', 4),
('2026-02-24', 3, 'Omar Nair', 'Labeller', 'West', 7.5);
