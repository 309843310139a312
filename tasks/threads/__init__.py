"""Which message belongs to which conversation, at which place, and who speaks."""
