INSERT INTO links (code, url, owner, clicks, created_at) VALUES
('kiwi', 'https://orchard.example/catalogue/2026/spring?fruit=kiwi&page=3', 'Orchard Press', 18204, '2025-06-14 08:30:00'),
('pear', 'https://orchard.example/catalogue/2026/spring?fruit=pear&page=1', 'Orchard Press', 411, '2025-11-02 14:05:00'),
('zoo24', 'https://cityzoo.example/visit/opening-hours', 'City Zoo', 96310, '2024-03-01 10:00:00'),
('nap', 'https://sleepclinic.example/studies/afternoon-naps/results.pdf', 'Dr. Imre Sand', 57, '2026-01-19 16:42:00'),
('9f3a1c', 'https://maps.example/?lat=53.219&lon=6.566&zoom=15&pin=bike-repair', 'Bike Repair Noor', 0, '2026-02-27 11:20:00'),
('c07e55', 'https://forms.example/f/7b1d0c/volunteers', 'City Zoo', 1290, '2025-09-30 07:15:00');
