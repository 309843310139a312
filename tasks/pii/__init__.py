"""Personal data: found, replaced, and proven gone."""
