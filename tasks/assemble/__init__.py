"""Assembly: threads become examples, duplicates are marked."""
