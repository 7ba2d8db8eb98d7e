//! ARCHITECTURE.md, held against the source: who imports whom, how long files are, where floats,
//! clocks and per-database branches may stand.

use std::path::{Path, PathBuf};

/// Departments from the ground up; each may import those before it.
const FLOORS: [&str; 9] = ["kernel", "platform", "membership", "pool", "assembly", "bargaining", "licensing", "treasury", "hall"];
/// The ground between kernel and platform: words both need, and the parts put together.
const GROUND: [&str; 3] = ["app", "config", "error"];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push((path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut out = Vec::new();
    walk(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut out);
    out
}

/// A file's text without its tests.
fn shipped(path: &Path, text: &str) -> String {
    let is_tests = path.file_name().is_some_and(|name| name == "tests.rs");
    if is_tests { String::new() } else { text.split("#[cfg(test)]").next().unwrap().to_owned() }
}

#[test]
fn nothing_lower_calls_up() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let department = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(own) = FLOORS.iter().position(|floor| *floor == department) else { continue };
        for line in shipped(&path, &text).lines() {
            for (floor, name) in FLOORS.iter().enumerate() {
                if floor > own && line.contains(&format!("crate::{name}::")) {
                    broken.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
            if own == 0 && GROUND.iter().any(|name| line.contains(&format!("crate::{name}::"))) {
                broken.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "kernel <- platform <- membership <- pool <- assembly <- bargaining <- licensing <- treasury <- hall:\n{}", broken.join("\n"));
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(path, _)| !path.ends_with("schema.rs"))
        .map(|(path, text)| (path, shipped(path, text).lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(path, lines)| format!("{} {lines}", path.display()))
        .collect();
    assert!(long.is_empty(), "a file has at most 400 lines before its tests: {long:?}");
}

#[test]
fn rules_kernel_and_treasury_have_no_floats_clocks_or_input() {
    for (path, text) in sources() {
        let name = path.display().to_string();
        let pure = name.starts_with("kernel") || name.ends_with("rules.rs");
        let text = shipped(&path, &text);
        if pure || name.starts_with("treasury") {
            for word in ["f32", "f64"] {
                assert!(!text.split(|c: char| !c.is_alphanumeric()).any(|w| w == word), "{name} has {word}");
            }
        }
        if pure {
            for word in ["SystemTime", "std::fs", "std::net", "rand::", "tokio::"] {
                assert!(!text.contains(word), "{name} has {word}: rules are pure");
            }
        }
    }
}

#[test]
fn the_two_databases_are_told_apart_in_the_platform_only() {
    for (path, text) in sources() {
        if path.starts_with("platform") {
            continue;
        }
        for word in ["Conn::Sqlite", "Conn::Postgres", "SqliteConnection", "PgConnection", ".transaction("] {
            assert!(!shipped(&path, &text).contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn both_migration_trees_are_what_the_source_says() {
    let check = std::process::Command::new("python3").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bin/schema")).arg("--check").output();
    let Ok(check) = check else {
        eprintln!("python3 is not here, so the migrations were not compared with their source");
        return;
    };
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}
