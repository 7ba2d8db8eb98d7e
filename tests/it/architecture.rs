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
#[ignore = "takes python3, which bin/test sees to; it runs this, and bin/schema --check before anything"]
fn both_migration_trees_are_what_the_source_says() {
    let check = std::process::Command::new("python3").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bin/schema")).arg("--check").output().expect("python3");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn the_documents_name_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut there = String::new();
    for entry in std::fs::read_dir(root.join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            there.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    there.extend(sources().into_iter().map(|(_, text)| text));
    for document in ["docs/rules.md", "docs/security-checks.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let mut named = 0;
        // A test is a sentence of several words; rules are named by their path.
        for name in text.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() >= 4 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
            named += 1;
            assert!(there.contains(&format!("fn {name}(")), "{document} names {name}, which is nowhere");
        }
        assert!(named > 40, "{document} names only {named}");
    }
}

/// The word before a place in a text, walking back over letters, digits and underlines.
fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The table behind a name at a place: itself, or what the nearest `x as name` above calls so.
fn table_at<'a>(text: &'a str, place: usize, name: &'a str) -> &'a str {
    let alias = text[..place].rfind(&format!(" as {name}")).filter(|at| word(&text[at + 4..]) == name);
    let before = alias.map(|at| text[..at].trim_end_matches("::{self").rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default());
    before.filter(|table| !table.is_empty()).unwrap_or(name)
}

/// What stands between the bracket that opens at a place and its partner.
fn bracketed(text: &str, open: usize) -> &str {
    let mut depth = 0_usize;
    for (at, letter) in text[open..].char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 1 => return &text[open + 1..open + at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    &text[open..]
}

/// Tables that more than one slice writes, and why.
const SHARED: [(&str, &str, &str); 3] = [
    ("blobs", "pool/corpora", "a frozen file is a blob like an uploaded one"),
    ("coops", "hall/move_coop", "it moves rows and decides nothing"),
    ("hall", "hall/demo", "it marks the hall as a demonstration"),
];

#[test]
fn exactly_one_slice_writes_each_table() {
    let mut writers: std::collections::BTreeMap<String, std::collections::BTreeSet<String>> = std::collections::BTreeMap::new();
    for (path, text) in sources() {
        let text = shipped(&path, &text);
        let slice: Vec<String> = path.iter().take(2).map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
        for verb in ["insert_into(", "diesel::update(", "diesel::delete("] {
            for (at, _) in text.match_indices(verb) {
                let name = word(text[at + verb.len()..].trim_start());
                writers.entry(table_at(&text, at, name).to_owned()).or_default().insert(slice.join("/"));
            }
        }
    }
    for (table, slice, _) in SHARED {
        assert!(writers.get_mut(table).is_some_and(|slices| slices.remove(slice)), "{slice} writes {table} no more: strike it out here");
    }
    let shared: Vec<_> = writers.iter().filter(|(_, slices)| slices.len() > 1).collect();
    assert!(shared.is_empty() && writers.len() > 80, "any slice may read any table by join; exactly one writes each: {shared:?}");
}

/// Tables that no cooperative owns.
const GLOBAL: [&str; 12] = ["accounts", "sessions", "account_tokens", "coops", "buyers", "buyer_users", "hall", "signing_keys", "outbox", "jobs", "buyer_invitations", "rate_buckets"];

#[test]
fn every_join_names_the_cooperative_too() {
    let (mut seen, mut bare) = (0, Vec::new());
    for (path, text) in sources() {
        let text = shipped(&path, &text);
        for (at, join) in [".inner_join(", ".left_join("].iter().flat_map(|join| text.match_indices(join)) {
            seen += 1;
            let condition = bracketed(&text, at + join.len() - 1);
            let table = table_at(&text, at, word(condition.trim_start()));
            // A condition with a name is read where it was made.
            let named = condition.split_once(".on(").map_or("", |(_, rest)| word(rest));
            let made = text[..at].rfind(&format!("let {named} = ")).map_or("", |made| text[made..].split(';').next().unwrap_or_default());
            let owner = if table.starts_with("journal_") { "chain" } else { "coop_id" };
            if !GLOBAL.contains(&table) && !condition.contains(owner) && !made.contains(owner) {
                bare.push(format!("{} joins {table} on {}", path.display(), condition.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    assert!(bare.is_empty() && seen > 150, "joins name both columns of a key:\n{}", bare.join("\n"));
}

#[test]
fn functions_and_templates_stay_short() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        let text = shipped(&path, &text);
        let lines: Vec<&str> = text.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let indent = &line[..line.len() - line.trim_start().len()];
            let is_function = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(super) fn ", "pub(crate) fn "].iter().any(|head| line.trim_start().starts_with(head));
            // The table of all routes is a list and no deed.
            if is_function && line.ends_with('{') && !path.ends_with("hall/routes.rs") {
                let end = lines[start..].iter().position(|line| *line == format!("{indent}}}")).unwrap_or(0);
                if end >= 60 {
                    long.push(format!("{} has {} lines: {}", path.display(), end + 1, line.trim()));
                }
            }
        }
    }
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for folder in std::fs::read_dir(&templates).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).chain([templates.clone()]) {
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            if lines > 150 {
                long.push(format!("{} has {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "a function has at most 60 lines, a template 150:\n{}", long.join("\n"));
}

#[test]
fn what_differs_silently_between_the_databases_is_in_no_slice() {
    let mut twice = 0;
    for (path, text) in sources() {
        let text = shipped(&path, &text);
        twice += text.matches("each_db!(").count();
        if path.starts_with("platform") {
            continue;
        }
        for word in ["sql_query(", ".for_update(", ".skip_locked(", "dsl::sum", "dsl::now", "on_conflict", "batch_execute(", "::Numeric"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
    assert!(twice <= 10, "each_db! is for at most ten statements: {twice}");
}
