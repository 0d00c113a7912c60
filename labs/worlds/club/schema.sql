-- A reading club: who is in it, in which teams, and what they have written.

CREATE TABLE users (
  id            INTEGER PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  totp_secret   TEXT NULL
);

CREATE TABLE teams (
  user_id INTEGER NOT NULL REFERENCES users(id),
  team    TEXT NOT NULL,
  PRIMARY KEY (user_id, team)
);

CREATE TABLE notes (
  id       INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL REFERENCES users(id),
  team     TEXT NOT NULL,
  status   TEXT NOT NULL,
  title    TEXT NOT NULL,
  body     TEXT NULL
);
