INSERT INTO parcels (id, town, status, grams) VALUES
  (11, 'Fowey', 'delivered', 420),
  (12, 'Grasmere', 'handed in', 8800),
  (13, 'Fowey', 'on the van', 77);
