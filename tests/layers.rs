//! The modules of the library are layers. A file imports only from layers below its own, and the files
//! of one layer form no circle.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// From bottom to top. Modules on one line may not import each other.
const LAYERS: [&[&str]; 13] = [
    &["text"],
    &["operation"],
    &["error"],
    &["handles"],
    &["sys"],
    &["transport"],
    &["config"],
    &["call"],
    &["exchange"],
    &["api"],
    &["client"],
    &["queue"],
    &["cli", "ffi"],
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
                layer => files.push((layer.to_owned(), name, code(&path))),
            }
        }
    }
    files
}

fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names that follow `root::` in the code, in braces too.
fn imports(code: &str, root: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = Vec::new();
    for rest in code.split(&format!("{root}::")).skip(1) {
        let list = rest.strip_prefix('{').map_or(rest.split(|c| !is_word(c)).next(), |rest| rest.split('}').next());
        let first_words = list.unwrap().split(',').filter_map(|item| item.trim().split(|c| !is_word(c)).next());
        names.extend(first_words.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    names
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
    let mut graph = BTreeMap::new();
    for (layer, name, code) in files().into_iter().filter(|(_, name, _)| name != "mod") {
        let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
        // The items of a layer's mod.rs are for other layers: mod.rs itself imports every file.
        assert!(layer == name || !imports(code, "crate").contains(&layer), "{layer}/{name} imports its own layer");
        let siblings = imports(code, "super").into_iter().map(|sibling| format!("{layer}/{sibling}"));
        graph.insert(format!("{layer}/{name}"), siblings.collect::<Vec<_>>());
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
