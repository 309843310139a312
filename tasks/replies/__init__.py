"""What a message holds that its author did not write in it: quotations, signatures, disclaimers, device footers."""
