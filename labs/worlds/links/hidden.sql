INSERT INTO links (code, url, owner, clicks, created_at) VALUES
('kiwi', 'https://birds.example/kiwi/nocturnal', 'Night Birds', 3, '2025-12-24 20:00:00'),
('tide', 'https://harbour.example/tides/today', 'Harbour Office', 70551, '2024-08-08 05:45:00'),
('b2a990', 'https://harbour.example/berths?length=9', 'Harbour Office', 12, '2026-02-11 13:37:00');
