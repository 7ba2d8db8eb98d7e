use super::*;
use proptest::prelude::*;
use std::io::{Cursor, Write as _};

/// What a reader tells, in short words.
fn told(bytes: &[u8], name: &str) -> (Vec<String>, Result<Flow, Refusal>) {
    let mut told = Vec::new();
    let end = read(Cursor::new(bytes.to_vec()), name, &Limits { unpacked: 64 << 20, lines: 1_000 }, &mut |line, raw| {
        told.push(match raw {
            Ok(Raw::Json(json)) => format!("{line} {}", json.at("/a").and_then(Json::plain).unwrap_or_default()),
            Ok(Raw::Row(columns, cells)) => format!("{line} {}={}", columns.join("+"), cells.join("+")),
            Err(refusal) => format!("{line} refused: {refusal}"),
        });
        Flow::On
    });
    (told, end)
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn bad_lines_are_named_and_the_rest_is_read() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let cases: [(&[u8], &str); 8] = [
        (b"{\"a\":", "not JSON at column 5: EOF while parsing a value"),
        (b"{\"a\":\"\xff\"}", "not UTF-8 text (byte 6); save the file as UTF-8"),
        (b"{\"a\":\"\x00\"}", "holds a NUL character, which no text should"),
        (br#"{"a":"\ud800"}"#, "holds half a character (a lone surrogate in a \\u escape)"),
        (br#"{"a":"\ud800x"}"#, "holds half a character (a lone surrogate in a \\u escape)"),
        (br#"{"a":"\udc00"}"#, "holds half a character (a lone surrogate in a \\u escape)"),
        (deep.as_bytes(), "nested deeper than 127 levels"),
        (b"{} {}", "not JSON at column 4: trailing characters"),
    ];
    for (bad, reason) in cases {
        let file = [b"\xEF\xBB\xBF{\"a\":1}\r\n".as_slice(), bad, b"\n\n{\"a\":\"z\"}"].concat();
        assert_eq!(told(&file, "x.jsonl"), (vec!["1 1".to_owned(), format!("2 refused: {reason}"), "4 z".to_owned()], Ok(Flow::On)));
    }
}

/// Makes a line of any length out of nothing, so that the test itself needs no memory.
#[test]
fn a_hundred_megabyte_line_is_passed_over_unheld() {
    let long = std::io::repeat(b'x').take(100 << 20);
    let source = Cursor::new(b"{\"a\":1}\n").chain(long).chain(Cursor::new(b"\n{\"a\":3}\n"));
    let mut seen = Vec::new();
    lines::read(source, &Limits::default(), &mut |line, raw| {
        seen.push((line, raw.err()));
        Flow::On
    })
    .unwrap();
    assert_eq!(seen, [(1, None), (2, Some(Refusal::LineTooLong)), (3, None)]);
}

#[test]
fn a_table_keeps_its_columns() {
    let (told_lines, end) = told(b"\xEF\xBB\xBFid,text\r\n1,\"two\nlines, one cell\"\n2\n3,\xff\n4,d\n", "x.csv");
    assert_eq!(end, Ok(Flow::On));
    assert_eq!(told_lines, [
        "2 id+text=1+two\nlines, one cell",
        "4 refused: 1 cells where the first row names 2 columns",
        "5 refused: not UTF-8 text (byte 0); save the file as UTF-8",
        "6 id+text=4+d",
    ]);
    assert_eq!(told(b"id,id\n1,2\n", "x.csv").1, Err(Refusal::ColumnTwice { name: "id".into() }));
    assert_eq!(told(b"", "x.csv"), (vec![], Ok(Flow::On)));
}

#[test]
fn an_unclosed_quote_is_refused_and_held_in_bounds() {
    let mut file = b"id,text\n1,\"".to_vec();
    file.extend(vec![b'x'; LINE_CAP + 10]);
    assert_eq!(told(&file, "x.csv").0, ["2 refused: longer than 8 MiB; a record is at most that long"]);
}

#[test]
fn a_text_file_is_one_record() {
    assert_eq!(told("\u{feff}# Title\n".as_bytes(), "a/b.md").0, ["1 name+text=a/b.md+# Title\n"]);
    assert_eq!(told(b"a\0b", "x.txt").0, ["1 refused: holds a NUL character, which no text should"]);
    assert_eq!(told(b"\xc3", "x.txt").0, ["1 refused: not UTF-8 text (byte 0); save the file as UTF-8"]);
    assert_eq!(told(b"x", "x.exe").1, Err(Refusal::UnknownFormat { name: "x.exe".into() }));
}

#[test]
fn gzip_is_read_through_and_a_broken_one_is_said() {
    let packed = gzip(b"{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(told(&packed, "x.jsonl.gz").0, ["1 1", "2 2"]);
    assert_eq!(told(&packed[..packed.len() - 9], "x.jsonl.gz").1, Err(Refusal::NotGzip));
    assert_eq!(told(b"{\"a\":1}", "x.jsonl.gz").1, Err(Refusal::NotGzip));
    let bomb = gzip(&vec![b' '; 70 << 20]);
    assert!(matches!(told(&bomb, "x.jsonl.gz").1, Err(Refusal::TooLarge { .. })));
}

#[test]
fn an_archive_is_read_file_by_file_and_its_tricks_are_named() {
    let inner = zip_of(&[("x.txt", b"x")]);
    let archive = zip_of(&[
        ("one.md", b"first"),
        ("../../etc/passwd.txt", b"out"),
        ("/abs.txt", b"out"),
        ("c:\\x.txt", b"out"),
        ("nested.zip", &inner),
        ("packed.jsonl.gz", b"x"),
        ("run.exe", b"x"),
        ("two.jsonl", b"{\"a\":5}\nnonsense\n"),
        ("three.txt", b"last"),
    ]);
    let (told_lines, end) = told(&archive, "x.zip");
    assert_eq!(end, Ok(Flow::On));
    assert_eq!(told_lines, [
        "1 name+text=one.md+first",
        "2 refused: ../../etc/passwd.txt: its name leads out of the archive",
        "3 refused: /abs.txt: its name leads out of the archive",
        "4 refused: c:\\x.txt: its name leads out of the archive",
        "5 refused: nested.zip: an archive inside the archive; put the files in directly",
        "6 refused: packed.jsonl.gz: an archive inside the archive; put the files in directly",
        "7 refused: run.exe: \"run.exe\" is none of .jsonl, .csv, .txt, .md or .zip",
        "8 5",
        "9 refused: not JSON at column 2: expected ident",
        "10 name+text=three.txt+last",
    ]);
    assert!(matches!(told(b"PK nonsense", "x.zip").1, Err(Refusal::NotZip { .. })));
    assert_eq!(told(&archive, "x.zip.gz").1, Err(Refusal::Nested));
}

#[test]
fn a_link_in_an_archive_is_not_followed() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.add_symlink("link.txt", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    assert_eq!(told(&bytes, "x.zip").0, ["1 refused: link.txt: a link, not a file"]);
}

#[test]
fn a_bomb_is_refused_by_what_it_claims_and_by_what_comes_out() {
    let bomb = zip_of(&[("zeros.txt", &vec![b'0'; 6 << 20]), ("good.txt", b"x")]);
    assert_eq!(told(&bomb, "x.zip").0[0], "1 refused: zeros.txt: unpacks to too many times its size".replace("too many times its size", "more than 200 times its packed size, as only a bomb does"));
    // The same archive with both stored sizes of the entry turned into a lie of one byte.
    let mut lie = bomb.clone();
    let size = u32::try_from(6 << 20).unwrap().to_le_bytes();
    while let Some(at) = memchr::memmem::find(&lie, &size) {
        lie[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let (told_lines, _) = told(&lie, "x.zip");
    assert!(told_lines[0].contains("refused") && told_lines.last().unwrap().ends_with("name+text=good.txt+x"), "{told_lines:?}");
}

#[test]
fn an_archive_of_too_many_files_is_refused_before_its_directory_is_read() {
    let mut bytes = zip_of(&[("a.txt", b"x")]);
    let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").unwrap();
    bytes[end + 8..end + 10].copy_from_slice(&60_000_u16.to_le_bytes());
    bytes[end + 10..end + 12].copy_from_slice(&60_000_u16.to_le_bytes());
    assert_eq!(told(&bytes, "x.zip").1, Err(Refusal::TooManyEntries { entries: 60_000 }));
}

#[test]
fn reading_stops_at_the_limit_and_when_told_to() {
    let file = "{}\n".repeat(1_001);
    assert_eq!(told(file.as_bytes(), "x.jsonl").1, Err(Refusal::TooManyLines { limit: 1_000 }));
    let mut seen = 0;
    let end = read(Cursor::new(file), "x.jsonl", &Limits::default(), &mut |_, _| {
        seen += 1;
        if seen == 3 { Flow::Stop } else { Flow::On }
    });
    assert_eq!((end, seen), (Ok(Flow::Stop), 3));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), name in prop_oneof!["x.jsonl", "x.csv", "x.txt", "x.zip", "x.jsonl.gz"]) {
        let _ = told(&bytes, &name);
    }
}
