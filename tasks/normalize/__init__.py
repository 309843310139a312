"""Normalization: one text form, nothing readable lost."""
