from libanchor import Anchorbrowser

with Anchorbrowser() as client:
    answer = client.recordings.pause_recording("session-id")
    print(answer.status)
