//! Generates the C header from `src/ffi`, and sets the linker flags of the shared library.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "cbindgen.toml", "src", "include", "Cargo.toml"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=ANCHOR_WRITE_HEADER");
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        // Thread-local destructors of live threads point into the library, so it must stay loaded.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // The cryptography would call functions of certain names (OPENSSL_memory_alloc, sdallocx)
        // if the host defined them.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodynamic-undefined-weak");
    }
    header()
}

/// Writes the header to OUT_DIR, where a test compares it with the committed one. Only `make
/// header` also writes it to `include`, because an ordinary build must not change sources.
fn header() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    config.after_includes =
        Some(format!("{}\n{}", version_macros()?, config.after_includes.unwrap_or_default().trim()));
    let bindings = cbindgen::generate_with_config(&root, config)?;
    bindings.write_to_file(PathBuf::from(env::var("OUT_DIR")?).join("anchor.h"));
    if env::var_os("ANCHOR_WRITE_HEADER").is_some() {
        fs::create_dir_all(root.join("include"))?;
        bindings.write_to_file(root.join("include/anchor.h"));
    }
    Ok(())
}

fn version_macros() -> Result<String, Box<dyn Error>> {
    let part = |name: &str| env::var(format!("CARGO_PKG_VERSION{name}"));
    Ok(format!(
        "/** The version that this header belongs to; anchor_version() tells the one that is loaded. */\n\
         #define ANCHOR_VERSION \"{}\"\n\
         #define ANCHOR_VERSION_MAJOR {}\n#define ANCHOR_VERSION_MINOR {}\n#define ANCHOR_VERSION_PATCH {}\n",
        part("")?,
        part("_MAJOR")?,
        part("_MINOR")?,
        part("_PATCH")?
    ))
}
