//! CSV: the first row names the columns, every other row is a record. Read with the core parser
//! into one bounded buffer, so that an unclosed quote cannot swallow memory.

use super::{Each, Flow, LINE_CAP, Limits, Raw, Refusal};
use csv_core::{ReadRecordResult, Reader};
use std::io::{BufRead, BufReader, Read};

/// Most columns a file may have.
const COLUMNS: usize = 1_000;

/// A row's fields one after the other, and where each ends.
struct Row {
    fields: Vec<u8>,
    ends: Vec<usize>,
    fits: bool,
}

/// Reads a file of comma-separated values.
pub(super) fn read(source: impl Read, limits: &Limits, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    if source.fill_buf().map_err(|cause| Refusal::of_io(&cause))?.starts_with(b"\xEF\xBB\xBF") {
        source.consume(3);
    }
    let (mut parser, mut newlines) = (Reader::new(), 0);
    let Some((_, header)) = next_row(&mut parser, &mut source, &mut newlines)? else { return Ok(Flow::On) };
    let columns: Vec<String> = cells(&header)?.into_iter().map(|name| name.trim().to_owned()).collect();
    let mut sorted = columns.clone();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find_map(|pair| pair.first().filter(|name| pair.last() == Some(*name))) {
        return Err(Refusal::ColumnTwice { name: twice.clone() });
    }
    let mut rows = 0;
    while let Some((line, row)) = next_row(&mut parser, &mut source, &mut newlines)? {
        rows += 1;
        limits.count(rows)?;
        let flow = match cells(&row) {
            Err(refusal) => each(line, Err(refusal)),
            Ok(cells) if cells.len() == columns.len() => each(line, Ok(Raw::Row(&columns, &cells))),
            Ok(cells) => each(line, Err(Refusal::RowWidth { got: cells.len(), expected: columns.len() })),
        };
        if flow == Flow::Stop {
            return Ok(flow);
        }
    }
    Ok(Flow::On)
}

fn cells(row: &Row) -> Result<Vec<&str>, Refusal> {
    if !row.fits {
        return Err(Refusal::LineTooLong);
    }
    let mut start = 0;
    row.ends
        .iter()
        .map(|end| {
            let bytes = row.fields.get(start..*end).unwrap_or_default();
            start = *end;
            if bytes.contains(&0) {
                return Err(Refusal::Nul);
            }
            std::str::from_utf8(bytes).map_err(|cause| Refusal::NotUtf8 { byte: cause.valid_up_to() })
        })
        .collect()
}

/// The next row and the line it begins on. New lines are counted here, for the parser counts the
/// second half of a row's end only with the row after it.
fn next_row(parser: &mut Reader, source: &mut impl BufRead, newlines: &mut u64) -> Result<Option<(u64, Row)>, Refusal> {
    loop {
        let bytes = source.fill_buf().map_err(|cause| Refusal::of_io(&cause))?;
        let ends = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        *newlines += count(bytes, ends);
        source.consume(ends);
        if ends == 0 {
            break;
        }
    }
    let line = *newlines + 1;
    let (mut fields, mut ends) = (vec![0; 4_096], vec![0; 64]);
    let (mut filled, mut ended, mut fits) = (0, 0, true);
    loop {
        let input = source.fill_buf().map_err(|cause| Refusal::of_io(&cause))?;
        let (result, read, wrote, closed) = parser.read_record(input, fields.get_mut(filled..).unwrap_or_default(), ends.get_mut(ended..).unwrap_or_default());
        *newlines += count(input, read);
        source.consume(read);
        filled += wrote;
        ended += closed;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull if fields.len() >= LINE_CAP => (fits, filled) = (false, 0),
            ReadRecordResult::OutputFull => fields.resize((fields.len() * 4).min(LINE_CAP), 0),
            ReadRecordResult::OutputEndsFull if ends.len() >= COLUMNS => (fits, ended) = (false, 0),
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 4, 0),
            ReadRecordResult::Record => {
                fields.truncate(filled);
                ends.truncate(ended);
                return Ok(Some((line, Row { fields, ends, fits })));
            }
            ReadRecordResult::End => return Ok(None),
        }
    }
}

fn count(bytes: &[u8], read: usize) -> u64 {
    memchr::memchr_iter(b'\n', bytes.get(..read).unwrap_or_default()).count() as u64
}
