-- Everything in one sheet: a line for each product of each order.
CREATE TABLE sheet (
  order_no   INTEGER NOT NULL,
  ordered_on DATE NOT NULL,
  email      TEXT NOT NULL,
  customer   TEXT NOT NULL,
  postcode   TEXT NOT NULL,
  city       TEXT NOT NULL,
  sku        TEXT NOT NULL,
  product    TEXT NOT NULL,
  unit_price NUMERIC(6,2) NOT NULL,
  quantity   INTEGER NOT NULL,
  labels     TEXT NULL,
  PRIMARY KEY (order_no, sku)
);

-- Who stood at which machine.
CREATE TABLE shifts (
  day         DATE NOT NULL,
  worker_no   INTEGER NOT NULL,
  worker_name TEXT NOT NULL,
  machine     TEXT NOT NULL,
  hall        TEXT NOT NULL,
  hours       NUMERIC(4,2) NOT NULL,
  PRIMARY KEY (day, worker_no)
);
