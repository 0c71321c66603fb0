"""`python -m realtime_sdk`: the command `realtime-sdk`."""

from .cli._main import main

if __name__ == "__main__":
    main()
