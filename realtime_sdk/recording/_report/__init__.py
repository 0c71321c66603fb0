"""The report of a recording: `_reading.py` reads it into `_model.py`, `_page.py` makes a page of that."""
