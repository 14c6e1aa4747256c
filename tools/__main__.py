"""`python3 -m tools COMMAND`: the one door to what `make` runs.

Readable by any Python 3, so that an old one gets a sentence instead of a SyntaxError.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Devir needs Python 3.11 or newer and python3 is %d.%d: install a newer one, or name it"
        " with `make PYTHON=python3.12 ...`." % sys.version_info[:2]
    )

from tools.cli import main

sys.exit(main(sys.argv[1:]))
