export PKG_CONFIG_PATH="$HOME/.local/lib/pkgconfig"
