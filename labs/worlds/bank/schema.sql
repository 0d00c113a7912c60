-- No account is overdrawn, and a closed one is empty.
CREATE TABLE accounts (
  id      INTEGER PRIMARY KEY,
  owner   TEXT NOT NULL,
  balance NUMERIC(10,2) NOT NULL CONSTRAINT not_overdrawn CHECK (balance >= 0),
  open    BOOLEAN NOT NULL DEFAULT TRUE,
  CONSTRAINT closed_is_empty CHECK (open OR balance = 0)
);

CREATE TABLE transfers (
  id      SERIAL PRIMARY KEY,
  from_id INTEGER NOT NULL REFERENCES accounts (id),
  to_id   INTEGER NOT NULL REFERENCES accounts (id),
  amount  NUMERIC(10,2) NOT NULL CHECK (amount > 0)
);

-- The counter must never be without a teller; no constraint says so.
CREATE TABLE tellers (
  name    TEXT PRIMARY KEY,
  on_duty BOOLEAN NOT NULL
);
