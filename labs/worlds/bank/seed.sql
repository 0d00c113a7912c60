INSERT INTO accounts (id, owner, balance) VALUES
(1, 'Ada', 150.00),
(2, 'Ben', 820.00),
(3, 'Cleo', 2400.00),
(4, 'Dina', 1329.50),
(5, 'Emil', 300.50);

INSERT INTO tellers (name, on_duty) VALUES
('Ines', TRUE),
('Jonas', TRUE),
('Noor', FALSE);
