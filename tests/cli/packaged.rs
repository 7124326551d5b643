//! The committed man pages and completions match the definition of the command line.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, iter};

use clap::{Arg, ValueHint};
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
        assert!(new == old, "packaging/command/{name} differs from src/cli: run `make pages` and commit it");
    }
}

/// What bash offers after these words of a command line in the folder with the completions, without
/// the package bash-completion.
fn offered_by_bash(folder: &Folder, words: &[&str]) -> Vec<String> {
    let program = r#"source ./anchor.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _anchor anchor "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; printf '%s\n' "${COMPREPLY[@]}""#;
    let arguments = ["--norc", "-c", program, "bash"];
    let output = Command::new("bash").args(arguments).args(words).current_dir(folder.file("")).output().unwrap();
    assert!(output.stderr.is_empty(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let offered = String::from_utf8(output.stdout).unwrap();
    let mut words: Vec<_> = offered.lines().filter(|word| !word.is_empty()).map(str::to_owned).collect();
    // A program may be in several folders.
    words.dedup();
    words
}

#[test]
fn bash_completes_the_word_at_its_place() {
    let rows: [(&str, &[&str]); 20] = [
        ("anchor pau", &["pause"]),
        ("anchor --timeout 3 pau", &["pause"]),
        ("anchor pause ", &[]),
        ("anchor pause abc ", &[]),
        ("anchor pause -- -", &[]),
        ("anchor pause -- mkdi", &[]),
        ("anchor pause --js", &["--json"]),
        ("anchor pause --timeout ", &[]),
        ("anchor pause --ca-file anchor.b", &["anchor.bash"]),
        ("anchor pause --ca-file = anchor.b", &["anchor.bash"]),
        ("anchor download anchor.b", &[]),
        ("anchor download abc anchor.b", &["anchor.bash"]),
        ("anchor download --timeout = 60 abc anchor.b", &["anchor.bash"]),
        ("anchor request ", &["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ("anchor request GET ", &[]),
        ("anchor while-paused --js", &["--json"]),
        ("anchor while-paused abc -- mkdi", &["mkdir"]),
        ("anchor --json while-paused abc -- mkdi", &["mkdir"]),
        ("anchor while-paused -- -abc mkdi", &["mkdir"]),
        ("anchor while-paused abc -- cat anchor.b", &["anchor.bash"]),
    ];
    let folder = Folder::new();
    generate(Path::new(&folder.file("")));
    for (line, expected) in rows {
        assert_eq!(offered_by_bash(&folder, &line.split(' ').collect::<Vec<_>>()), expected, "{line}");
    }
    let options = offered_by_bash(&folder, &["anchor", "list", "-"]);
    assert!(options.contains(&"--header".to_owned()) && options.contains(&"-v".to_owned()), "{options:?}");
    assert_eq!(offered_by_bash(&folder, &["anchor", ""]).len(), 7);
}

fn generate(folder: &Path) {
    let mut definition = anchor::cli::definition().disable_help_subcommand(true);
    definition.build();
    for command in iter::once(&definition).chain(definition.get_subcommands()) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        fs::write(folder.join(format!("{name}.1")), man_page::of(command, &definition)).unwrap();
    }
    for shell in [Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut definition.clone(), "anchor", folder).unwrap();
    }
    fs::write(folder.join("anchor.bash"), bash(&definition)).unwrap();
    change(folder, "_anchor", |script| {
        let method = "GET if only a path is given:";
        assert_eq!(script.matches(method).count(), 1);
        script.replace(method, &format!("{method}({METHODS})"))
    });
    change(folder, "anchor.fish", |script| script.to_owned() + &FISH_ARGUMENTS.replace("METHODS", METHODS));
}

/// The generator would offer options and files wherever an argument is expected.
fn bash(definition: &clap::Command) -> String {
    let long = |option: &Arg| option.get_long().map(|long| format!("--{long}"));
    let short = |option: &Arg| option.get_short().map(|short| format!("-{short}"));
    let names = |chosen: &dyn Fn(&Arg) -> bool, separator: &str| {
        let chosen = definition.get_arguments().filter(|option| chosen(option));
        chosen.flat_map(|option| long(option).into_iter().chain(short(option))).collect::<Vec<_>>().join(separator)
    };
    let takes_value = |option: &Arg| option.get_action().takes_values();
    let subcommands: Vec<_> = definition.get_subcommands().map(clap::Command::get_name).collect();
    BASH.replace("@FILE_OPTIONS@", &names(&|option| option.get_value_hint() == ValueHint::FilePath, " | "))
        .replace("@VALUE_OPTIONS@", &names(&takes_value, " | "))
        .replace("@OPTIONS@", &names(&|_| true, " "))
        .replace("@SUBCOMMANDS@", &subcommands.join(" "))
        .replace("@METHODS@", METHODS)
}

fn change(folder: &Path, name: &str, add: impl Fn(&str) -> String) {
    let script = fs::read_to_string(folder.join(name)).unwrap();
    fs::write(folder.join(name), add(&script)).unwrap();
}

const METHODS: &str = "GET POST PUT PATCH DELETE";

const BASH: &str = r#"# Completes the command anchor for bash.

_anchor() {
    local current=$2 subcommand='' arguments=0 option='' only_arguments='' i word
    [[ $current == = ]] && current=
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $subcommand$arguments == while-paused1 && ($word == -- || $word != -*) ]]; then
            [[ $word == -- ]] && ((i++))
            _anchor_command "$i" "$current"
            return
        fi
        case $only_arguments$word in
        --) only_arguments=1 ;;
        @VALUE_OPTIONS@)
            option=$word
            [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
            ((++i < COMP_CWORD)) && option=
            ;;
        -*) ;;
        *) if [[ $subcommand ]]; then ((arguments++)); else subcommand=$word; fi ;;
        esac
    done
    if [[ $option ]]; then
        case $option in @FILE_OPTIONS@) _anchor_files "$current" ;; esac
    elif [[ $current == -* && ! $only_arguments ]]; then
        _anchor_words "$current" "@OPTIONS@"
    else
        case $subcommand$arguments in
        0) _anchor_words "$current" "@SUBCOMMANDS@" ;;
        download1) _anchor_files "$current" ;;
        request0) _anchor_words "$current" "@METHODS@" ;;
        while-paused1) _anchor_command "$COMP_CWORD" "$current" ;;
        esac
    fi
}

_anchor_words() {
    mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

_anchor_files() {
    # Without a terminal, as in a test, there is nothing to set.
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Completes the command that begins with this word.
_anchor_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$2")
    else
        _anchor_files "$2"
    fi
}

complete -F _anchor anchor
"#;

fn write(folder: &Folder) {
    let _ = fs::remove_dir_all(COMMITTED);
    fs::create_dir_all(COMMITTED).unwrap();
    for name in folder.names() {
        fs::copy(folder.file(&name), PathBuf::from(COMMITTED).join(&name)).unwrap();
    }
}

/// The generator completes no arguments for fish.
const FISH_ARGUMENTS: &str = r#"
complete -c anchor -n "__fish_anchor_using_subcommand pause resume list delete request" -f
complete -c anchor -n "__fish_anchor_using_subcommand request; and test (count (commandline -opc)) -eq 2" -f -a "METHODS"
function __anchor_command
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
complete -c anchor -n "__fish_anchor_using_subcommand while-paused; and contains -- -- (commandline -opc)" -f -a "(__anchor_command)"
"#;
