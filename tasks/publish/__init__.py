"""Land examples in versions: interval rows in one Delta table, and one record whose writing is the commit."""
