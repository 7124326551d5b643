//! Man pages of the command line, with the sections that a reader of man pages looks for.

use std::fmt::Write;

use clap::{Arg, Command};
use clap_mangen::Man;

const STATUS_LINE: &str = "Exit status: see anchor --help";

/// The page of a subcommand, or of the whole command with a line for each subcommand.
pub fn of(command: &Command, whole: &Command) -> String {
    let man = Man::new(command.clone()).source(concat!("anchor ", env!("CARGO_PKG_VERSION")));
    let mut page = rendered(|to| man.render_title(to)) + &rendered(|to| man.render_name_section(to));
    page += ".SH SYNOPSIS\n";
    let subcommands: Vec<_> = command.get_subcommands().collect();
    page += &format!("{}{}{}\n", name(command), options(command), arguments(command));
    for subcommand in &subcommands {
        page += &format!(".br\n{} [\\fIOPTION\\fR ...]{}\n", name(subcommand), arguments(subcommand));
    }
    let help = after_help(command).replace(STATUS_LINE, &exit_status(&after_help(whole)));
    let (notes, sections_of_help) =
        help.split_at(help.lines().take_while(|it| !is_heading(it)).map(|it| it.len() + 1).sum());
    let about = command.get_about().unwrap().to_string();
    page += &format!(".SH DESCRIPTION\n{}.\n{}", escaped(&about), formatted(notes.trim_end()));
    page += &rendered(|to| man.render_options_section(to));
    if !subcommands.is_empty() {
        page += &rendered(|to| man.render_subcommands_section(to));
    }
    page += &formatted(sections_of_help);
    if subcommands.is_empty() {
        page += ".SH SEE ALSO\n.BR anchor (1)\n";
    }
    page
}

fn after_help(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

/// What the help of the whole command says about the exit status of every subcommand.
fn exit_status(help: &str) -> String {
    let from = help.find("Exit status:").unwrap();
    let to = help.find("\n\nwhile-paused exits").unwrap();
    help[from..to].to_owned()
}

fn rendered(section: impl Fn(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut bytes = vec![];
    section(&mut bytes).unwrap();
    // Each section begins with the definition of an apostrophe, which the title has already.
    let text = String::from_utf8(bytes).unwrap();
    let is_title = text.contains("\n.TH ");
    text.lines()
        .filter(|line| is_title || !(line.starts_with(".ie \\n(.g") || line.starts_with(".el .ds Aq")))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn name(command: &Command) -> String {
    format!("\\fB{}\\fR", escaped(command.get_bin_name().unwrap_or(command.get_name())))
}

/// Every option for the synopsis, with the name of its value.
fn options(command: &Command) -> String {
    let shown = command.get_opts().chain(command.get_arguments().filter(|it| !it.get_action().takes_values()));
    let option = |argument: &Arg| {
        let long = argument.get_long().filter(|long| !["help", "version"].contains(long))?;
        let value = argument.get_value_names().filter(|_| argument.get_action().takes_values());
        let value = value.unwrap_or_default().iter().map(|name| format!(" \\fI{}\\fR", escaped(name)));
        Some(format!(" [\\fB{}\\fR{}]", escaped(&format!("--{long}")), value.collect::<String>()))
    };
    shown.filter_map(option).collect()
}

/// Every argument for the synopsis.
fn arguments(command: &Command) -> String {
    if command.has_subcommands() {
        return " \\fISUBCOMMAND\\fR ...".into();
    }
    let usage = command.clone().render_usage().to_string();
    let argument = |word: &str| {
        let (word, more) = word.strip_suffix("...").map_or((word, ""), |word| (word, " ..."));
        let name = escaped(word.trim_matches(['<', '>', '[', ']']));
        match word.starts_with('[') {
            true if word == "[--]" => format!(" [\\fB{name}\\fR]"),
            true => format!(" [\\fI{name}\\fR]{more}"),
            false => format!(" \\fI{name}\\fR{more}"),
        }
    };
    usage.split_once("[OPTIONS] ").unwrap().1.split(' ').map(argument).collect()
}

fn is_heading(line: &str) -> bool {
    line.ends_with(':') && !line.starts_with(' ') && line.split(' ').count() <= 2
}

/// The text after the help. Its headings become sections.
fn formatted(text: &str) -> String {
    let (mut page, mut heading, mut in_list) = (String::new(), "", false);
    for line in text.lines() {
        if is_heading(line) {
            heading = line;
            let _ = writeln!(page, ".SH {}", line.trim_end_matches(':').to_uppercase());
            continue;
        }
        page += &match line.strip_prefix("  ") {
            _ if line.is_empty() => ".PP\n".to_owned(),
            Some(example) if heading == "Examples:" => format!(".EX\n{}\n.EE\n", escaped(example)),
            Some(entry) => entry_of_list(entry),
            // A text after a list is no part of its last entry.
            None if in_list => format!(".PP\n{}\n", escaped(line)),
            None => escaped(line) + "\n",
        };
        in_list = line.starts_with(' ');
    }
    // A paragraph before a section is empty.
    page.replace(".PP\n.SH", ".SH")
}

/// A name, two blanks or more, and what it means. A line without a name continues the one before.
fn entry_of_list(entry: &str) -> String {
    match entry.split_once("  ") {
        Some(("", more)) => escaped(more.trim()) + "\n",
        Some((name, meaning)) => format!(".TP\n\\fB{}\\fR\n{}\n", escaped(name), escaped(meaning.trim())),
        None => format!(".TP\n\\fB{}\\fR\n", escaped(entry)),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}
