"""`python -m shadowroom`: the same as the command `shadowroom`."""

from shadowroom.cli import main

if __name__ == "__main__":
    main()
