"""The pure core: values and decisions, without a clock, a file, a socket or an environment."""
