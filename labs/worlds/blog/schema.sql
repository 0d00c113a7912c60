-- A blog that several people write: posts, their tags, and what readers say.

CREATE TABLE authors (
  id            INTEGER PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL
);

CREATE TABLE posts (
  id           INTEGER PRIMARY KEY,
  author_id    INTEGER NOT NULL REFERENCES authors(id),
  slug         TEXT NOT NULL UNIQUE,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL,
  published_at TIMESTAMP NULL          -- NULL: a draft
);

CREATE TABLE tags (
  post_id INTEGER NOT NULL REFERENCES posts(id),
  tag     TEXT NOT NULL,
  PRIMARY KEY (post_id, tag)
);

CREATE TABLE comments (
  id         INTEGER PRIMARY KEY,
  post_id    INTEGER NOT NULL REFERENCES posts(id),
  name       TEXT NOT NULL,
  text       TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL
);
