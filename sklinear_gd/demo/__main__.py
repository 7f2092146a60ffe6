"""Start the demo's server: ``python -m sklinear_gd.demo``."""

import sys

from sklinear_gd.demo.command import main

if __name__ == "__main__":
    sys.exit(main())
