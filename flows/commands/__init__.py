"""The commands of `daytwo`, one module per group. Heavy imports stay inside the functions: `--help` must be quick."""
