import os
import sys

# [begin fork]
from libanchor import Anchorbrowser

client = Anchorbrowser()
client.recordings.pause_recording("session-id")
if os.fork() == 0:
    client.recordings.resume_recording("session-id")  # Uses a connection of its own.
    os._exit(0)
# [end fork]
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
