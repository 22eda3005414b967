"""Tables: models over columns and lists, their views and the painters of their cells."""
