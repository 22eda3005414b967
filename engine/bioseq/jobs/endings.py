"""How a job leaves early."""


class Cancelled(Exception):  # noqa: N818 - no fault: the person asked for it
    """Raised inside a job where it is to end and discard what it has."""
