INSERT INTO authors (name) VALUES ('Ada'), ('Ben');
INSERT INTO books (title, genre, price, stock, author_id) VALUES
  ('Bees', 'nature', 9.50, 3, 1), ('Tides', 'nature', NULL, 0, 1), ('Rope', 'crime', 12, 7, 2);
INSERT INTO orders (book_id, owner) VALUES (1, 'you');
