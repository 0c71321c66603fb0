"""What each command does, in a file of its name; `_app.py` above has its arguments."""

__all__: list[str] = []
