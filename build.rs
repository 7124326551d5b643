//! Makes the C header from `src/ffi` and sets how the shared library is linked.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "cbindgen.toml", "src", "include", "Cargo.toml"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=ANCHOR_WRITE_HEADER");
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        // Unloading would take away code that the thread-local destructors of live threads still point to.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // The cryptography would call functions of certain names (OPENSSL_memory_alloc, sdallocx) if the host had them.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodynamic-undefined-weak");
    }
    header()
}

/// The header always goes beside the other build products, where a test compares it. `make header` has it written
/// to `include` too: an ordinary build changes no source file.
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
