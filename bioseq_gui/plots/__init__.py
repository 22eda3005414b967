"""Plots: figures as values, and the widgets and files that show them."""
