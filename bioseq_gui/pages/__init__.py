"""The pages of the window, one per step of the way."""
