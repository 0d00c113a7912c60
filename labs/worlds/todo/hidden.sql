INSERT INTO todos (id, title, done, due) VALUES
(3, 'Feed the cat of 14b', false, '2026-03-04'),
(5, 'Sharpen the knives', true, NULL),
(8, 'Hand in the tax form', false, '2026-05-01');
