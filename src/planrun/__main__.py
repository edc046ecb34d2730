"""`python -m planrun`."""

from planrun.cli import main

if __name__ == "__main__":
    main()
