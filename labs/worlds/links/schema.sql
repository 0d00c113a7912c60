-- Short names for long URLs.

CREATE TABLE links (
  code       TEXT PRIMARY KEY,
  url        TEXT NOT NULL,
  owner      TEXT NOT NULL,
  clicks     INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL
);
