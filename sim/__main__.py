"""`python -m sim` is the command `simulate`."""

from sim.cli.main import main

if __name__ == "__main__":
    main()
