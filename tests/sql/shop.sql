CREATE TABLE authors (id SERIAL PRIMARY KEY, name VARCHAR(20) NOT NULL, born DATE);
CREATE TABLE books (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL UNIQUE,
    author_id INTEGER NOT NULL REFERENCES authors(id),
    price NUMERIC(8,2) NOT NULL DEFAULT 9.99,
    stock INT DEFAULT 0,
    added TIMESTAMP DEFAULT NOW()
);
CREATE TABLE reviews (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book_id INTEGER REFERENCES books,
    rating SMALLINT NOT NULL,
    text VARCHAR(500)
);
INSERT INTO authors (name, born) VALUES ('Ann', '1950-01-31'), ('Bob', NULL);
INSERT INTO books (title, author_id, price, stock) VALUES ('One', 1, 13.75, 3), ('Two', 2, 7, NULL), ('Three', 1, 20, 7);
INSERT INTO reviews (book_id, rating, text) VALUES (1, 5, 'good'), (1, 4, NULL), (NULL, 1, 'lost');
