-- The same blog in another year.
INSERT INTO authors (id, email, name, password_hash) VALUES
(1, 'ines@lowerbed.example', 'Ines Duarte', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMQ$xVK004tMQ9gczX4gwsXjYF01b2OBfAhvPAdwRHJhQgs'),
(2, 'tomas@lowerbed.example', 'Tomas Lind', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMg$M6XQ0EXjzNjMBvP+NCimL9+9lMJxr/+vUW904J1nEEE'),
(4, 'jonah@lowerbed.example', 'Jonah Reis', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMw$osOcPcq8CQlw/3F/mb0xVGjyZoEY0mToJp6JwI9fRaw');

INSERT INTO posts (id, author_id, slug, title, body, published_at) VALUES
(2, 4, 'a-pond-in-a-bath', 'A pond in a bath', 'The frogs came on the ninth day.', '2027-04-11 10:00:00'),
(3, 1, 'leeks-are-patient', 'Leeks are patient', 'They stand in the snow and wait for soup.', '2027-01-20 16:30:00'),
(5, 2, 'the-gate-again', 'The gate, again', 'It opens the wrong way.', NULL),
(8, 4, 'tools-we-share', 'Tools we share', 'And where each of them belongs.', '2027-04-11 10:00:00');

INSERT INTO tags (post_id, tag) VALUES
(2, 'water'), (2, 'frogs'), (3, 'winter'), (5, 'gate');

INSERT INTO comments (id, post_id, name, text, created_at) VALUES
(1, 2, 'Ulla', 'Put a stone in, so that they get out again.', '2027-04-12 08:00:00'),
(4, 5, 'Tomas', 'Ask Ines first.', '2027-03-01 08:00:00'),
(6, 2, 'Piet', 'No fish.', '2027-04-11 12:00:00');
