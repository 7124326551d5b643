import os
import sys

from libanchor import Anchorbrowser

password = os.environ.get("LOGIN_PASSWORD") or sys.exit("put the password into LOGIN_PASSWORD")

with Anchorbrowser() as client:
    # [begin create]
    session = client.request("POST", "/v1/sessions", body={})["data"]
    path = f"/v1/sessions/{session['id']}"
    # [end create]
    try:
        # Playwright, or what else drives the browser, connects to session["cdp_url"].
        client.request("POST", f"{path}/goto", body={"url": "https://example.com/login"})
        with client.recordings.paused(session["id"]):
            client.request("POST", f"{path}/keyboard/type", body={"text": password})
    finally:
        client.request("DELETE", path)
    client.recordings.download_recording(session["id"], "video.mp4", timeout=3600)
