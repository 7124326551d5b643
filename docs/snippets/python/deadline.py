import libanchor

client = libanchor.Anchorbrowser()
# [begin deadline]
try:
    client.recordings.pause_recording("session-id", timeout=0.5)
except libanchor.APITimeoutError:
    print("it may be paused or not: pause again, or resume")
# [end deadline]
client.close()
