import os

from libanchor import Anchorbrowser

with Anchorbrowser() as client:
    # --8<-- [start:create]
    session = client.request("POST", "/v1/sessions", body={})["data"]
    path = f"/v1/sessions/{session['id']}"
    # --8<-- [end:create]
    try:
        # Playwright, or what else drives the browser, connects to session["cdp_url"].
        client.request("POST", f"{path}/goto", body={"url": "https://example.com/login"})
        with client.recordings.paused(session["id"]):
            client.request("POST", f"{path}/keyboard/type", body={"text": os.environ["LOGIN_PASSWORD"]})
    finally:
        client.request("DELETE", path)
    client.recordings.download_recording(session["id"], "video.mp4", timeout=3600)
