import sys

from webapp.serving import start

sys.exit(start.main())
