session=$(anchor request POST /v1/sessions '{}' | jq -r .data.id)
trap 'anchor request DELETE "/v1/sessions/$session"' EXIT

anchor request POST "/v1/sessions/$session/goto" '{"url": "https://example.com/login"}'
# The password comes from the environment: other users can see the command line.
jq -n '{text: env.LOGIN_PASSWORD}' |
    anchor while-paused "$session" -- anchor request POST "/v1/sessions/$session/keyboard/type" -

trap - EXIT
anchor request DELETE "/v1/sessions/$session"
anchor download "$session" video.mp4
