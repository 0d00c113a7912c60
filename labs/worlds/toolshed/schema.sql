-- What came out of the spreadsheet. Nothing but types was ever asked of it.

CREATE TABLE old_tools (
  id      INTEGER,
  name    TEXT,
  deposit NUMERIC(8,2)
);

CREATE TABLE old_members (
  id    INTEGER,
  name  TEXT,
  email TEXT,
  phone TEXT
);

CREATE TABLE old_loans (
  id        INTEGER,
  tool_id   INTEGER,
  member_id INTEGER,
  due       DATE
);
