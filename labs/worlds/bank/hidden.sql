INSERT INTO accounts (id, owner, balance) VALUES
(1, 'Ada', 90.00),
(2, 'Ben', 1040.00),
(3, 'Cleo', 500.00),
(4, 'Dina', 72.25),
(5, 'Emil', 610.00);

INSERT INTO tellers (name, on_duty) VALUES
('Ines', TRUE),
('Jonas', FALSE),
('Noor', TRUE);
