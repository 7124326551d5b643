//! The modules of the library are layers. A file imports only from layers below its own, and the files
//! of one layer form no circle. Only one layer asks which operating system it is compiled for.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// From bottom to top. Modules on one line may not import each other.
const LAYERS: [&[&str]; 15] = [
    &["redaction", "errors", "system_errors"],
    &["text"],
    &["operation"],
    &["refusal"],
    &["error"],
    &["handles"],
    &["sys"],
    &["transport"],
    &["config"],
    &["call"],
    &["exchange"],
    &["api"],
    &["client"],
    &["queue", "cli"],
    &["ffi"],
];

/// Each file of `src`: its layer, its name in it, and its text without comments.
fn files() -> Vec<(String, String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            match folder.file_name().unwrap().to_str().unwrap() {
                _ if path.is_dir() => folders.push(path),
                "bin" => {}
                "src" if name == "lib" => {}
                "src" => files.push((name.clone(), name, code(&path))),
                "unix" | "windows" => files.push(("sys".into(), format!("system_{name}"), code_of_system(&path))),
                layer => files.push((layer.to_owned(), name, code(&path))),
            }
        }
    }
    files
}

fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    for form in ["use crate::*", "use crate as", "extern crate", "use anchor::"] {
        assert!(!text.contains(form), "{path:?} contains `{form}`, which hides what is imported");
    }
    // What mod.rs calls `super` is the crate.
    let text = if path.ends_with("mod.rs") { text.replace("super::", "crate::") } else { text };
    // What the errors of the system mean is known to every layer.
    let text = text.replace("crate::sys::errors", "crate::errors");
    let text = text.replace("crate::sys::system_errors", "crate::system_errors");
    // In the layer of the system, a module of each system counts as one.
    assert!(!text.contains("super::system::{"), "{path:?}: a line for each module shows what is imported");
    let text = text.replace("super::system::", "super::system_");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The same for a file of `sys/unix` or `sys/windows`, which counts as a file of `sys`.
fn code_of_system(path: &Path) -> String {
    let text = code(path);
    assert!(!text.contains("super::{"), "{path:?}: a line for each module shows what is imported");
    let of_parent = "super::super::";
    text.split(of_parent).map(|part| part.replace("super::", "super::system_")).collect::<Vec<_>>().join("super::")
}

/// The names that follow `root::` in the code, in braces too.
fn imports(code: &str, root: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let first_word = |text: &str| text.trim_start().split(|c| !is_word(c)).next().unwrap().to_owned();
    let mut names = Vec::new();
    for rest in code.split(&format!("{root}::")).skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => names.extend(items(list).into_iter().map(first_word)),
            None => names.push(first_word(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The items of a list in braces, whose first brace was removed. An item may have braces of its own.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut depth, mut begin) = (vec![], 0, 0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&list[begin..at]);
                begin = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

#[test]
fn imports_are_found_in_every_form() {
    for (code, names) in [
        ("use crate::a::B;", vec!["a"]),
        ("let x = crate::a::b(crate::c::D);", vec!["a", "c"]),
        ("use crate::{a::{self, B}, c::{d::{E}, F},\n    g};", vec!["a", "c", "g"]),
        ("use crate::{error::{self}, client::Client};", vec!["error", "client"]),
    ] {
        assert_eq!(imports(code, "crate"), names, "{code}");
    }
}

fn rank(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("{module} is in no layer"))
}

#[test]
fn imports_point_down() {
    let files = files();
    let upward: Vec<_> = files
        .iter()
        .flat_map(|(layer, name, code)| imports(code, "crate").into_iter().map(move |import| (layer, name, import)))
        .filter(|(layer, _, import)| import != *layer && rank(import) >= rank(layer))
        .map(|(layer, name, import)| format!("{layer}/{name} imports {import}"))
        .collect();
    assert!(files.len() > 60 && upward.is_empty(), "{} files; imports that point up: {upward:#?}", files.len());
}

#[test]
fn the_files_of_a_layer_form_no_circle() {
    let mut graph = BTreeMap::<_, Vec<_>>::new();
    for (layer, name, code) in files().into_iter().filter(|(_, name, _)| !name.ends_with("mod")) {
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
        // The items of a layer's mod.rs are for other layers: mod.rs itself imports every file.
        assert!(layer == name || !imports(code, "crate").contains(&layer), "{layer}/{name} imports its own layer");
        let siblings = imports(code, "super").into_iter().map(|sibling| format!("{layer}/{sibling}"));
        graph.entry(format!("{layer}/{name}")).or_default().extend(siblings);
    }
    for imports in graph.values().flatten() {
        assert!(graph.contains_key(imports), "{imports} is not a file: import from the file that defines it");
    }
    // Files that import nothing which is left in the graph are removed, until only circles remain.
    while let Some(done) = graph.iter().find(|(_, imports)| imports.iter().all(|it| !graph.contains_key(it))) {
        let done = done.0.clone();
        graph.remove(&done);
    }
    assert!(graph.is_empty(), "circles: {graph:#?}");
}

/// The command needs Unix: it deals with signals and terminals.
#[test]
fn only_the_folders_of_the_systems_differ_by_system() {
    let allowed = ["cfg(test)", "cfg(feature = \"command\")", "cfg(panic = \"abort\")"];
    let mut asking = vec![];
    for (layer, name, code) in files() {
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
        let questions = code.match_indices("cfg").map(|(at, _)| &code[at..]);
        let asks =
            questions.filter(|rest| rest.starts_with("cfg(") || rest.starts_with("cfg!(") || rest.starts_with("cfg_"));
        let is_exempt = layer == "sys" && (name.starts_with("system_") || name == "mod");
        if !is_exempt && asks.into_iter().any(|rest| !allowed.iter().any(|allowed| rest.starts_with(allowed))) {
            asking.push(format!("{layer}/{name} asks by cfg"));
        }
        if !is_exempt && layer != "cli" && code.contains("std::os::") {
            asking.push(format!("{layer}/{name} uses std::os"));
        }
    }
    assert!(asking.is_empty(), "{asking:#?}");
}

/// Every layer may use these files, so that they must not use any.
#[test]
fn what_the_errors_of_the_system_mean_needs_no_other_layer() {
    for system in ["unix", "windows"] {
        for name in ["errors", "system_errors"] {
            let path = format!("{}/src/sys/{system}/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            let code = fs::read_to_string(path).unwrap();
            let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
            assert!(!code.contains("crate::") && !code.contains("super::"), "{system}/{name} imports something");
        }
    }
}
