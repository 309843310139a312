"""What must hold: the schemas of every layer, the Great Expectations suites, and their runner."""
