"""What the window knows of a study: its story told by events, what it found, and the studies that are there."""
