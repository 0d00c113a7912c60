-- Parcels on their way.

CREATE TABLE parcels (
  id     INTEGER PRIMARY KEY,
  town   TEXT NOT NULL,
  status TEXT NOT NULL,
  grams  INTEGER NOT NULL
);
