"""Quoted replies, signatures, disclaimers and device footers: what a message holds that its author did not write in it."""
