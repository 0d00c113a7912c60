INSERT INTO books (id, title, price) VALUES (1, 'Moss', NULL), (2, 'Ferns', 9), (3, 'Stone', 7), (4, 'Rain', 30);
