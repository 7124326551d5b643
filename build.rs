//! Generates the C header from `src/ffi`, and sets the linker options of the shared library.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

/// Adds to the linker's own script: the functions that would run when the library is unloaded or the
/// process exits are left out.
const NO_DESTRUCTORS: &str = "SECTIONS { /DISCARD/ : { *(.fini_array .fini_array.*) } } INSERT BEFORE .init_array;\n";

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "cbindgen.toml", "src", "include", "Cargo.toml"] {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-env-changed=ANCHOR_WRITE_HEADER");
    if env::var("CARGO_CFG_TARGET_OS")? == "linux" {
        // By this name the loader finds the library of a program that is linked with it.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libanchor.so.{}", env::var("CARGO_PKG_VERSION_MAJOR")?);
        // After unloading, thread-local destructors of live threads would point to missing code.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        // If the host defined OPENSSL_memory_alloc or sdallocx, the cryptography would call them.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodynamic-undefined-weak");
        // At exit, destructors of the cryptography make a call that is starting on another thread
        // abort the process.
        let script = PathBuf::from(env::var("OUT_DIR")?).join("sections.ld");
        fs::write(&script, format!("{NO_DESTRUCTORS}{}", hot_functions_first()?))?;
        // As an argument of its own: -Wl would split the path at a comma.
        println!("cargo:rustc-cdylib-link-arg=-T{}", script.display());
    }
    header()
}

/// Adds to the linker's own script: the functions of `src/hot_functions.txt` come first. The compiler
/// gives each function a section of its own.
fn hot_functions_first() -> Result<String, Box<dyn Error>> {
    let list = fs::read_to_string(PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("src/hot_functions.txt"))?;
    let names = list.lines().filter(|line| !line.starts_with('#'));
    let sections: String = names.map(|name| format!("*(.text.{name}*)\n")).collect();
    Ok(format!("SECTIONS {{ .text.hot : {{\n{sections}}} }} INSERT BEFORE .text;\n"))
}

/// Writes the header to the build directory, where a test compares it. `make header` writes it to
/// `include` as well. An ordinary build changes no source file.
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
        "/** The version of this header. anchor_version() returns the version of the loaded library. */\n\
         #define ANCHOR_VERSION \"{}\"\n\
         #define ANCHOR_VERSION_MAJOR {}\n#define ANCHOR_VERSION_MINOR {}\n#define ANCHOR_VERSION_PATCH {}\n",
        part("")?,
        part("_MAJOR")?,
        part("_MINOR")?,
        part("_PATCH")?
    ))
}
