-- Rows made by arithmetic: the same at every opening.

INSERT INTO customers (id, name, email, city)
SELECT n,
  first || ' ' || last,
  CASE WHEN n % 3 = 0 THEN first || '.' || last ELSE lower(first || '.' || last) END || n || '@mail.example',
  split_part('Bergen,Gent,Porto,Turin,Leeds,Malmo,Graz,Nantes', ',', 1 + n * 5 % 8)
FROM (
  SELECT n,
    split_part('Yuki,Brandt,Calder,Dahl,Eriksen,Ferrari,Haddad,Ito,Jansen,Kamau,Lindqvist,Mensah,Nair,Okafor,Peeters,Rossi', ',', 1 + n % 16) AS first,
    split_part('Zeman,Bea,Chidi,Dora,Emre,Farah,Greta,Hugo,Ines,Jonas,Kofi,Lena,Mina,Noor,Oskar,Priya', ',', 1 + n * 6271 / 16 % 16) AS last
  FROM generate_series(1, 250) AS g(n)
) AS named;

INSERT INTO products (id, name, category, price)
SELECT n,
  split_part('Small,Large,Folding,Blue,Oak', ',', 1 + n % 5) || ' ' ||
  split_part('lamp,chair,kettle,tent,shelf,clock,rug,radio', ',', 1 + n % 8),
  split_part('home,kitchen,garden,outdoor', ',', 1 + n * 5 % 4),
  5 + n * 43 % 190 + 0.90
FROM generate_series(1, 40) AS g(n);

INSERT INTO orders (id, customer_id, status, placed_at, total)
SELECT n,
  1 + n * 6271 % 250,
  CASE WHEN n > 4990 - n % 11 * 30 AND n % 3 = 0 THEN 'open' WHEN n % 29 = 0 THEN 'returned' ELSE 'delivered' END,
  TIMESTAMP '2025-01-01 00:00:00' + (n - 1) * INTERVAL '105 minutes',
  0
FROM generate_series(1, 5000) AS g(n);

INSERT INTO order_items (order_id, line, product_id, quantity, price)
SELECT o, line, product_id, 1 + (o + line * 7) % 3, products.price
FROM (
  SELECT o, line, 1 + (o * 43 + line * 7 + o / 40) % 40 AS product_id
  FROM generate_series(1, 5000) AS g(o), generate_series(1, 4) AS h(line)
  WHERE line <= 1 + (o * 7 / 7) % 4
) AS lines JOIN products ON products.id = product_id;

UPDATE orders SET total = sums.total
FROM (SELECT order_id, SUM(quantity * price) AS total FROM order_items GROUP BY order_id) AS sums
WHERE sums.order_id = orders.id;

-- Orders that were taken back left gaps in the numbers.
DELETE FROM order_items WHERE order_id % 17 = 3;
DELETE FROM orders WHERE id % 17 = 3;
