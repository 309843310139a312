"""Quality: cheap, documented signals of a text."""
