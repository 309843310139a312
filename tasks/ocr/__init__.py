"""Scans become text: routing by page, upright pictures, one adapter file per external program."""
