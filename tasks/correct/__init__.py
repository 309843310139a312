"""Mending what OCR got wrong: only what is surely wrong, never a digit, an identifier or an address."""
