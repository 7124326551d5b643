export PKG_CONFIG_PATH="$HOME/.local/lib/pkgconfig"
export CGO_LDFLAGS="-Wl,-rpath,$HOME/.local/lib"
