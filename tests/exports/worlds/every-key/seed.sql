INSERT INTO authors (name) VALUES ('Ada'), ('Ben');
INSERT INTO books (title, genre, price, stock, author_id) VALUES
  ('Bees', 'nature', 9.50, 3, 1), ('Tides', 'nature', NULL, 0, 1), ('Rope', 'crime', 12, 7, 2);
INSERT INTO orders (book_id, owner) VALUES (1, 'you');
INSERT INTO users (email, role, password_hash) VALUES
  ('ada@shop.example', 'customer', 'x'), ('ben@shop.example', 'staff', 'x');
INSERT INTO drafts (user_id, text) VALUES (2, 'Once'), (1, 'Twice');
