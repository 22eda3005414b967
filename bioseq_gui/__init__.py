"""The window of BioSeq Studio (PySide6, pyqtgraph). It never imports torch: the worker process does."""
