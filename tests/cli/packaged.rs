//! The committed man pages and completions match the definition of the command line.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, iter};

use clap_complete::{Shell, generate_to};

use crate::folder::Folder;
use crate::man_page;

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

#[test]
fn bash_completes_options_and_the_command_after_them() {
    let rows: [(&[&str], &str, bool); 5] = [
        (&["anchor", "pau"], "pause", true),
        (&["anchor", "while-paused", "abc", "--js"], "--json", true),
        (&["anchor", "while-paused", "abc", "--", "mkdi"], "mkdir", true),
        (&["anchor", "--json", "while-paused", "abc", "--", "mkdi"], "mkdir", true),
        (&["anchor", "pause", "--", "mkdi"], "mkdir", false),
    ];
    for (words, expected, is_offered) in rows {
        let program = r#"source "$1/anchor.bash"; shift
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            _anchor_or_command anchor "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; printf '%s\n' "${COMPREPLY[@]}""#;
        let arguments = ["--norc", "-c", program, "bash", COMMITTED];
        let output = Command::new("bash").args(arguments).args(words).output().unwrap();
        let offered = String::from_utf8(output.stdout).unwrap();
        assert_eq!(offered.lines().any(|word| word == expected), is_offered, "{words:?}: {offered}");
    }
}

fn generate(folder: &Path) {
    let mut definition = anchor::cli::definition().disable_help_subcommand(true);
    definition.build();
    for command in iter::once(&definition).chain(definition.get_subcommands()) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        fs::write(folder.join(format!("{name}.1")), man_page::of(command)).unwrap();
    }
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut definition.clone(), "anchor", folder).unwrap();
    }
    change(folder, "anchor.bash", |script| {
        let (functions, registration) = script.split_at(script.rfind("\n}\n").unwrap() + 3);
        format!("{functions}{BASH_COMMANDS}{}", registration.replace(" _anchor ", " _anchor_or_command "))
    });
    change(folder, "anchor.fish", |script| script.to_owned() + FISH_COMMANDS);
}

fn change(folder: &Path, name: &str, add: impl Fn(&str) -> String) {
    let script = fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join(name), add(&script)).unwrap();
}

/// The generator completes the command that follows `while-paused SESSION --` for zsh only.
const BASH_COMMANDS: &str = r#"
_anchor_or_command() {
    local i in_command=
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == while-paused ]] && in_command=1
        [[ $in_command && ${COMP_WORDS[i]} == -- ]] || continue
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset $((i + 1))
        elif declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((COMP_CWORD == i + 1)); then
            mapfile -t COMPREPLY < <(compgen -c -- "$2")
        else
            COMPREPLY=()
        fi
        return 0
    done
    _anchor "$@"
}
"#;

fn write(folder: &Folder) {
    let _ = fs::remove_dir_all(COMMITTED);
    fs::create_dir_all(COMMITTED).unwrap();
    for name in folder.names() {
        fs::copy(folder.file(&name), PathBuf::from(COMMITTED).join(&name)).unwrap();
    }
}

const FISH_COMMANDS: &str = r#"
function __anchor_command
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
complete -c anchor -n "__fish_anchor_using_subcommand while-paused; and contains -- -- (commandline -opc)" -f -a "(__anchor_command)"
"#;
