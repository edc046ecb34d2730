"""planrun: carry out a risky change to a PostgreSQL database from one YAML plan, and take it back."""

__version__ = "0.1.0"
