"""The version of the program, one place for the package, the files that it writes and the window."""

VERSION = "0.1.0"
