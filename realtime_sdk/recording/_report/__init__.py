"""The report of a recording: `_reading.py` reads the files, `_builder.py` builds the data, `_page.py` makes a page."""
