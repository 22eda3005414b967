"""Feature baselines at work: numbers that describe sequences, and classifiers that read them.

numpy and scipy only, never torch and never scikit-learn: what scikit-learn has learnt (`bioseq.training`) is kept as
plain arrays, and evaluated here.
"""
