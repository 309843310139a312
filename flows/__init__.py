"""What runs and when: Prefect flows, settings, the command line, the artifacts an operator reads."""
