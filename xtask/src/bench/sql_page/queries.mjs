// The data and the questions: a shop of `n` books and as many orders. `{i}` is another number at
// each run, so that changes find something to change.

/** A shop's tables and rows as statements every engine reads. */
export function setup(n) {
  let state = 7;
  const below = (end) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * end);
  };
  const words = ["salt", "road", "moss", "winter", "glass", "river", "paper", "stone", "light", "north"];
  const countries = ["NL", "FR", "DE", "ES", "PT", "PL"];
  const cities = ["London", "Paris", "Utrecht", "Porto", "Gent", "Lyon", "Bonn", "Turin"];
  const text = (value) => `'${value}'`;
  const many = (count, row) => Array.from({ length: count }, (_, at) => row(at + 1));
  const tables = {
    authors: many(n / 20, (id) => [id, text(`Author ${id}`), text(countries[below(6)])]),
    books: many(n, (id) => [
      id,
      text(`${words[below(10)]} ${words[below(10)]} ${id}`),
      1 + below(n / 20 - 5),
      (5 + below(4500) / 100).toFixed(2),
      below(60),
    ]),
    customers: many(n / 10, (id) => [id, text(`Customer ${id}`), text(cities[below(8)])]),
    orders: many(n, (id) => [
      id,
      1 + below(n / 10 - 8),
      1 + below(n),
      1 + below(4),
      text(`2024-${String(1 + below(12)).padStart(2, "0")}-${String(1 + below(28)).padStart(2, "0")}`),
    ]),
  };
  const out = [
    "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, country TEXT)",
    "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, author_id INTEGER, price NUMERIC(8,2), stock INTEGER)",
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, book_id INTEGER, quantity INTEGER, placed DATE)",
  ];
  for (const [table, rows] of Object.entries(tables)) {
    for (let at = 0; at < rows.length; at += 500) {
      const values = rows.slice(at, at + 500).map((row) => `(${row.join(", ")})`);
      out.push(`INSERT INTO ${table} VALUES ${values.join(", ")}`);
    }
  }
  out.push("CREATE INDEX books_author ON books (author_id)");
  out.push("CREATE INDEX orders_customer ON orders (customer_id)");
  return out;
}

/** Name, SQL, and whether it changes rows. Aliases avoid what any of the dialects reserves. */
export const QUERIES = [
  ["one row by its key", "SELECT title, price FROM books WHERE id = 1234"],
  ["rows by an index", "SELECT id, book_id, quantity FROM orders WHERE customer_id = 17"],
  ["range of the key", "SELECT id, title FROM books WHERE id BETWEEN 500 AND 599"],
  ["range, sorted, first ten", "SELECT id, title, price FROM books WHERE price BETWEEN 10 AND 12 ORDER BY price, id LIMIT 10"],
  ["filter and count", "SELECT COUNT(*) AS n FROM books WHERE stock < 5 AND price > 20"],
  ["LIKE, start of text", "SELECT id, title FROM books WHERE title LIKE 'salt%' ORDER BY id"],
  ["LIKE, inside of text", "SELECT COUNT(*) AS n FROM books WHERE title LIKE '%road%'"],
  ["IN a subquery", "SELECT COUNT(*) AS n FROM books WHERE author_id IN (SELECT id FROM authors WHERE country = 'NL')"],
  ["NOT EXISTS", "SELECT name FROM authors WHERE NOT EXISTS (SELECT 1 FROM books WHERE books.author_id = authors.id)"],
  ["EXISTS with a condition", "SELECT name FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE orders.customer_id = customers.id AND orders.quantity > 3) ORDER BY id"],
  ["correlated count", "SELECT name, (SELECT COUNT(*) FROM orders WHERE orders.customer_id = customers.id) AS n FROM customers"],
  ["three-way join", "SELECT c.name, b.title, o.quantity FROM orders o JOIN customers c ON c.id = o.customer_id JOIN books b ON b.id = o.book_id WHERE c.city = 'Porto'"],
  ["join and group by", "SELECT a.country, COUNT(*) AS n, SUM(b.stock) AS pieces FROM books b JOIN authors a ON a.id = b.author_id GROUP BY a.country ORDER BY a.country"],
  ["left join, having", "SELECT c.id, COUNT(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id HAVING COUNT(o.id) > 12"],
  ["window: rank in groups", "SELECT id, author_id, RANK() OVER (PARTITION BY author_id ORDER BY price DESC) AS place FROM books"],
  ["common table, running sum", "WITH days AS (SELECT placed, SUM(quantity) AS n FROM orders GROUP BY placed) SELECT placed, SUM(n) OVER (ORDER BY placed) AS upto FROM days ORDER BY placed"],
  ["insert a row", "INSERT INTO orders VALUES (1000000 + {i}, 5, 9, 1, '2024-05-17')", true],
  ["update by key", "UPDATE books SET stock = stock + 1 WHERE id = 1 + {i} % 2000", true],
  ["delete what was inserted", ["INSERT INTO orders VALUES (3000000 + {i}, 5, 9, 1, '2024-05-17')", "DELETE FROM orders WHERE id = 3000000 + {i}"], true],
  ["transaction of three", ["BEGIN", "INSERT INTO orders VALUES (2000000 + {i}, 6, 9, 1, '2024-05-17')", "UPDATE books SET stock = stock - 1 WHERE id = 9", "COMMIT"], true],
];
