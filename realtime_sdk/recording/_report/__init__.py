"""The report of a recording: `_reading.py` reads it, `_builder.py` builds `_model.py`, `_page.py` makes a page of that."""
