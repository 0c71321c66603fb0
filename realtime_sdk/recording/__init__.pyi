"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._recorder import Recorder as Recorder
from ._replay import Record as Record, read as read
from ._report._report import report as report
