#!/bin/bash
# It needs jq.
set -euo pipefail
: "${LOGIN_PASSWORD:?put the password into this variable}"

session=$(anchor request POST /v1/sessions '{}' | jq -er .data.id)
trap 'anchor request DELETE "/v1/sessions/$session" || true' EXIT

anchor request POST "/v1/sessions/$session/goto" '{"url": "https://example.com/login"}'
# Through a pipe, because other users can see the command line.
jq -n '{text: env.LOGIN_PASSWORD}' |
    anchor while-paused "$session" -- anchor request POST "/v1/sessions/$session/keyboard/type" -

trap - EXIT
anchor request DELETE "/v1/sessions/$session"
anchor download "$session" video.mp4
