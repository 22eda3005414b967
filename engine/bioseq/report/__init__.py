"""What is told of a finished run: figures for papers, a report, a methods paragraph, a model card. torch-free.

matplotlib is imported only where a figure is drawn: in a worker and by the command line, never in the window.
"""
