"""`python -m bioseq_gui` opens the window."""

import sys

from bioseq_gui.app import main

if __name__ == "__main__":
    sys.exit(main())
