"""`python -m kusei.site`: what the `kusei` script hands over to. A faulty environment is a sentence, not a traceback."""

import sys

from kusei.site.errors import ConfigError

try:
    from kusei.site.commands import main
except ConfigError as error:
    sys.exit(f"kusei: the environment can't be used\n{error}")

sys.exit(main(sys.argv[1:]))
