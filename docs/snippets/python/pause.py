from libanchor import Anchorbrowser

with Anchorbrowser() as client:
    client.recordings.pause_recording("session-id")
    print("paused")
