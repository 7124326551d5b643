//! The committed man pages and completions match the definition of the command line.

use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use clap_complete::{Shell, generate_to};
use clap_mangen::Man;

use crate::folder::Folder;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/command");

#[test]
fn the_man_pages_and_completions_are_up_to_date() {
    let folder = Folder::new();
    generate(Path::new(&folder.file("")));
    if env::var_os("ANCHOR_WRITE_PAGES").is_some() {
        write(&folder);
    }
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut committed: Vec<_> = fs::read_dir(COMMITTED).unwrap().map(|entry| name(entry.unwrap())).collect();
    committed.sort();
    assert_eq!(committed, folder.names(), "packaging/command: run `make pages` and commit it");
    for name in folder.names() {
        let [new, old] = [folder.file(&name), format!("{COMMITTED}/{name}")].map(|file| fs::read(file).unwrap());
        // assert_eq would print both pages in full.
        assert!(
            new == old,
            "packaging/command/{name} differs from src/cli/arguments.rs: run `make pages` and commit it"
        );
    }
}

fn generate(folder: &Path) {
    let mut definition = anchor::cli::definition().disable_help_subcommand(true);
    definition.build();
    for command in iter::once(&definition).chain(definition.get_subcommands()) {
        let page = Man::new(command.clone()).source(concat!("anchor ", env!("CARGO_PKG_VERSION")));
        page.generate_to(folder).unwrap();
    }
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut definition.clone(), "anchor", folder).unwrap();
    }
}

fn write(folder: &Folder) {
    let _ = fs::remove_dir_all(COMMITTED);
    fs::create_dir_all(COMMITTED).unwrap();
    for name in folder.names() {
        fs::copy(folder.file(&name), PathBuf::from(COMMITTED).join(&name)).unwrap();
    }
}
