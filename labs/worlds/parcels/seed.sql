INSERT INTO parcels (id, town, status, grams) VALUES
  (1, 'Alderney', 'delivered', 1200),
  (2, 'Borrowdale', 'on the van', 640),
  (3, 'Cromer', 'in the depot', 15000),
  (4, 'Dunwich', 'handed in', 310),
  (5, 'Eyam', 'returned', 2750),
  (6, 'Borrowdale', 'in the depot', 980);
