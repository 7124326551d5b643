import sys

from libanchor import Anchorbrowser

ca_file, proxy = sys.argv[1:]
# [begin settings]
client = Anchorbrowser(
    ca_file=ca_file,  # For example "/etc/ssl/corporate-ca.pem".
    proxy=proxy,  # For example "http://user:password@proxy.example.com:3128".
)
# [end settings]
client.recordings.pause_recording("session-id")
client.close()
