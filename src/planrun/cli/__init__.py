"""The command line: words in, exit code out. What is to be done is decided in `planrun.app`.

A command's module, and the libraries behind it, are imported when the command runs.
"""

from planrun.cli.program import main, program

__all__ = ["main", "program"]
