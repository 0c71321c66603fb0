"""`python -m realtime_sdk`: the command `realtime-sdk`."""

from .cli import main

if __name__ == "__main__":
    main()
