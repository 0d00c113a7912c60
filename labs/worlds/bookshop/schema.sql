-- A small bookshop: what it sells, to whom, and what they say about it.

CREATE TABLE authors (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  country TEXT NULL,
  born    INTEGER NULL
);

CREATE TABLE books (
  id        INTEGER PRIMARY KEY,
  title     TEXT NOT NULL,
  author_id INTEGER NOT NULL REFERENCES authors(id),
  genre     TEXT NOT NULL,
  publisher TEXT NULL,
  published DATE NOT NULL,
  price     DECIMAL(6,2) NULL,
  stock     INTEGER NOT NULL
);

CREATE TABLE customers (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL UNIQUE,
  address    TEXT NULL,
  joined     DATE NOT NULL,
  newsletter BOOLEAN NOT NULL
);

CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers(id),
  placed_at   TIMESTAMP NOT NULL,
  status      TEXT NOT NULL,
  address     TEXT NOT NULL
);

CREATE TABLE order_items (
  id       INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders(id),
  book_id  INTEGER NOT NULL REFERENCES books(id),
  quantity INTEGER NOT NULL,
  price    DECIMAL(6,2) NOT NULL
);

CREATE TABLE reviews (
  id          INTEGER PRIMARY KEY,
  book_id     INTEGER NOT NULL REFERENCES books(id),
  customer_id INTEGER NULL REFERENCES customers(id),
  rating      INTEGER NOT NULL,
  text        TEXT NULL
);

CREATE TABLE basket_items (
  id       INTEGER PRIMARY KEY,
  owner    TEXT NOT NULL,
  book_id  INTEGER NOT NULL REFERENCES books(id),
  quantity INTEGER NOT NULL
);
