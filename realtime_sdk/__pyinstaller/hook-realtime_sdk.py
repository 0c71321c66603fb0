"""PyInstaller's hook: modules are loaded by the names in the stubs, which no import statement shows, and from data."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

hiddenimports = collect_submodules("realtime_sdk")
datas = collect_data_files("realtime_sdk") + copy_metadata("realtime-voice-sdk")
