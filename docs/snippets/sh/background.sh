target/debug/sandbox --session session-id --exports >sandbox.out &
sandbox=$!
trap 'kill "$sandbox"' EXIT
while kill -0 "$sandbox" && ! grep -q ANCHORBROWSER_BASE_URL sandbox.out; do sleep 0.1; done
eval "$(grep '^export ' sandbox.out)"

anchor pause session-id
