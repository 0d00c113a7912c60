-- Passwords: ines early-potato-5, tomas blue-bucket-31, maud north-fence-8.
INSERT INTO authors (id, email, name, password_hash) VALUES
(1, 'ines@lowerbed.example', 'Ines Duarte', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMQ$xVK004tMQ9gczX4gwsXjYF01b2OBfAhvPAdwRHJhQgs'),
(2, 'tomas@lowerbed.example', 'Tomas Lind', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMg$M6XQ0EXjzNjMBvP+NCimL9+9lMJxr/+vUW904J1nEEE'),
(3, 'maud@lowerbed.example', 'Maud Okoye', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi1hdXRob3ItMw$osOcPcq8CQlw/3F/mb0xVGjyZoEY0mToJp6JwI9fRaw');

-- Two posts came from the blog before this one, which kept the day only; three are not finished.
INSERT INTO posts (id, author_id, slug, title, body, published_at) VALUES
(1, 1, 'first-frost', 'First frost', 'The dahlias are black this morning. The kale is better for it.', '2025-11-03 07:10:00'),
(2, 2, 'what-the-slugs-left', 'What the slugs left', 'Four lettuces out of thirty, and one of those I do not trust.', '2025-06-21 18:00:00'),
(3, 1, 'bees-in-the-wall', 'Bees in the wall', 'Mason bees have moved into the old lime mortar. We leave that corner alone.', '2026-02-27 08:30:00'),
(4, 3, 'why-i-dig-less', 'Why I dig less', 'Three years without a spade in the north bed, and the worms do it now.', '2025-04-02 12:00:00'),
(5, 2, 'a-shed-for-nothing', 'A shed for nothing', 'Doors from the tip, a roof from Maud, nails from everywhere.', '2019-05-01 00:00:00'),
(6, 3, 'compost-week-by-week', 'Compost, week by week', 'Week one: it is a heap of leaves, and I believe in it.', '2019-05-01 00:00:00'),
(7, 1, 'the-lost-key', 'The lost key', 'I know who had it last. To be rewritten before anybody reads this.', NULL),
(8, 2, 'seed-list-2026', 'Seed list 2026', 'What we have twice, what we need, and the bean nobody can name.', '2026-01-10 20:15:00'),
(9, 2, 'a-complaint-about-nets', 'A complaint about nets', 'Two birds this week.', NULL),
(10, 3, 'rhubarb-twice', 'Rhubarb, twice', 'Once with ginger. Once more with ginger.', '2025-05-18 09:45:00'),
(11, 3, 'broad-beans-in-march', 'Broad beans in March', 'Soak them, or do not; they do not mind.', NULL),
(12, 1, 'water-from-the-roof', 'Water from the roof', 'A gutter, a barrel, and forty litres after one night of rain.', '2025-08-30 17:20:00');

INSERT INTO tags (post_id, tag) VALUES
(1, 'weather'), (2, 'slugs'), (2, 'weather'), (3, 'bees'), (3, 'walls'), (4, 'compost'), (4, 'soil'),
(5, 'shed'), (6, 'compost'), (6, 'soil'), (7, 'keys'), (7, 'shed'), (8, 'seeds'), (9, 'bees'),
(11, 'seeds'), (12, 'shed'), (12, 'water');

INSERT INTO comments (id, post_id, name, text, created_at) VALUES
(1, 3, 'A reader', 'Which kind of mortar is that?', '2026-02-27 10:00:00'),
(2, 2, 'Piet', 'Ducks.', '2025-06-22 08:00:00'),
(3, 3, 'Ines', 'Lime, from before the war.', '2026-02-27 18:05:00'),
(4, 2, 'Ulla', 'Ducks eat the lettuce too.', '2025-06-23 21:40:00'),
(5, 7, 'Maud', 'Please do not publish this.', '2026-02-20 19:00:00'),
(6, 3, 'Ulla', 'They were in our wall last year. They did no harm.', '2026-02-28 07:00:00'),
(7, 1, 'Piet', 'Dig them up and keep them dry.', '2025-11-03 09:00:00');
