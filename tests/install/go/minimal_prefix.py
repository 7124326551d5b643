"""An installed libanchor: its libraries, its header, and what pkg-config is told of them."""

import shutil

ANCHOR = """\
prefix={prefix}
libdir=${{prefix}}/lib

Name: {name}
Description: libanchor
Version: {version}
Cflags: -I"${{prefix}}/include"
Libs: -L"${{libdir}}" {libraries}
"""
LIBRARIES = {"anchor": "-lanchor", "anchor-static": "-l:libanchor.a -lutil -lrt -lpthread -lm -ldl"}


def install(folder, version, header, *libraries):
    """Returns the folder for PKG_CONFIG_PATH."""
    described = folder / "lib" / "pkgconfig"
    described.mkdir(parents=True)
    (folder / "include").mkdir()
    shutil.copy(header, folder / "include")
    for library in libraries:
        shutil.copy(library, folder / "lib")
    # The name that a library with a SONAME is looked for by.
    (folder / "lib" / f"libanchor.so.{version.partition('.')[0]}").symlink_to("libanchor.so")
    for name, needed in LIBRARIES.items():
        text = ANCHOR.format(prefix=folder, name=name, version=version, libraries=needed)
        (described / f"{name}.pc").write_text(text)
    return described
