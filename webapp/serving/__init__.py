"""The process that `scripts/serve` becomes: it prepares the data folder, starts the other processes, and ends them.

Four children at most: the web server, the background worker, the live-events server, and (with --tls) the hand-out of the
shop's own authority. Each runs in a process group of its own, so that Ctrl-C reaches only this process, which then asks each child
to stop, by its process id. A child that dies is started again, later each time.

All of them are forks of this process, which has loaded once what they share: that takes half the time and half the memory of loading
it four times. So it opens no database and no thread before it forks, and it serves no request itself.
What only one of them needs, it loads by itself; what few requests need is loaded by the function that needs it.
"""

import os
import sys

# Set before anything large is loaded. Half of a start would go by on compiling what was compiled the last time…
sys.dont_write_bytecode = False
# … and a twentieth on looking, in every time zone there is, for that of this machine, which nobody asks for: see `clock`.
os.environ["TZ"] = "UTC"
