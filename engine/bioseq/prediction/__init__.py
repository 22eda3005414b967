"""Predicting new records; the columnar table of predictions and its export are torch-free."""
