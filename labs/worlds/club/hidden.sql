-- The same club on another day.
INSERT INTO users (id, email, name, role, password_hash, totp_secret) VALUES
(1, 'ada@club.example', 'Ada Moreau', 'member', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi11c2VyLTAwMQ$RY7pLH+zMILNpvYxDrqa+KKdAM05oI8O32YG8XlWvtk', 'JBSWY3DPEHPK3PXP'),
(2, 'ben@club.example', 'Ben Okafor', 'editor', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi11c2VyLTAwMg$0KCG6Bh7DIN0KAOOING7izFTZPQEgWTC8Ki3jSBb6YU', NULL),
(3, 'cleo@club.example', 'Cleo Nair', 'admin', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi11c2VyLTAwMw$pSczl/r8AkGJOYufWVr43gCKCboXQlSK2kSjAnqyfL0', NULL),
(4, 'dirk@club.example', 'Dirk Visser', 'member', '$argon2id$v=19$m=1024,t=2,p=1$c2FsdC1vZi11c2VyLTAwNA$sOckw5YI3AO8eGZet26a/eZsHkBAC6r7sBF6Ab8FII0', NULL);

INSERT INTO teams (user_id, team) VALUES
(1, 'poetry'), (2, 'poetry'), (2, 'crime'), (4, 'crime');

INSERT INTO notes (id, owner_id, team, status, title, body) VALUES
(1, 1, 'poetry', 'draft', 'On line breaks', 'Read it aloud first.'),
(2, 1, 'poetry', 'published', 'Three short poems', 'For the evening in April.'),
(3, 2, 'crime', 'draft', 'Who knew about the key', 'Chapter four does not hold.'),
(4, 4, 'crime', 'published', 'The butler, again', 'A list of butlers.'),
(5, 2, 'poetry', 'published', 'Against rhyme', 'A long quarrel.'),
(6, 4, 'crime', 'draft', 'A map of the house', NULL);
