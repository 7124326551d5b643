import libanchor

client = libanchor.Anchorbrowser()
# --8<-- [start:deadline]
try:
    client.recordings.pause_recording("session-id", timeout=0.5)
except libanchor.APITimeoutError:
    print("it may be paused or not: pause again, or resume")
# --8<-- [end:deadline]
client.close()
