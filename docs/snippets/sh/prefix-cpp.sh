export CMAKE_PREFIX_PATH="$HOME/.local"
