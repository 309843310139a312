"""Read mail and tickets: one row per message, as its author sent it."""
