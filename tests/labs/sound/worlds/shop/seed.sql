INSERT INTO books (id, title, price) VALUES (1, 'The Salt Road', 12), (2, 'Tides', 8), (3, 'Ash', NULL);
