"""The configuration: one description per option, read from and written to TOML, filled in from data.

No torch, no Qt.
"""
