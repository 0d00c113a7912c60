CREATE TABLE authors (
  id   SERIAL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE books (
  id         SERIAL PRIMARY KEY,
  title      VARCHAR(80) NOT NULL,
  genre      TEXT NOT NULL DEFAULT 'novel',
  price      NUMERIC(8,2) NULL,
  stock      INTEGER NOT NULL DEFAULT 0 CHECK (stock >= 0),
  author_id  INTEGER NOT NULL REFERENCES authors (id),
  updated_at TIMESTAMP NOT NULL DEFAULT '2026-03-01 12:00:00'
);

CREATE TABLE orders (
  id      SERIAL PRIMARY KEY,
  book_id INTEGER NOT NULL REFERENCES books (id),
  owner   TEXT NOT NULL
);

CREATE TABLE users (
  id            SERIAL PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL
);

CREATE TABLE drafts (
  id      SERIAL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  text    TEXT NOT NULL
);

CREATE TABLE payments (
  id     SERIAL PRIMARY KEY,
  amount INTEGER NOT NULL
);
