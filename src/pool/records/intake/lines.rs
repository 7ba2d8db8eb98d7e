//! JSON lines: one value a line, read with a bounded buffer. A line that is too long is passed over
//! without ever being held.

use super::{Each, Flow, LINE_CAP, Limits, Raw, Refusal};
use super::json::Json;
use std::io::{BufRead, BufReader, Read};

/// Reads a file of JSON lines.
pub(super) fn read(source: impl Read, limits: &Limits, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let (mut line, mut buffer) = (0_u64, Vec::new());
    while let Some(fits) = next_line(&mut source, &mut buffer)? {
        line += 1;
        limits.count(line)?;
        if line == 1 && buffer.starts_with(b"\xEF\xBB\xBF") {
            buffer.drain(..3);
        }
        let flow = if !fits {
            each(line, Err(Refusal::LineTooLong))
        } else if buffer.iter().all(u8::is_ascii_whitespace) {
            Flow::On
        } else {
            match value(&buffer) {
                Ok(json) => each(line, Ok(Raw::Json(&json))),
                Err(refusal) => each(line, Err(refusal)),
            }
        };
        if flow == Flow::Stop {
            return Ok(flow);
        }
    }
    Ok(Flow::On)
}

/// Fills the buffer with the next line without its end; `Some(false)` when it was too long to hold,
/// `None` at the end of the file.
fn next_line(source: &mut impl BufRead, buffer: &mut Vec<u8>) -> Result<Option<bool>, Refusal> {
    buffer.clear();
    let (mut fits, mut seen) = (true, false);
    loop {
        let bytes = source.fill_buf().map_err(|cause| Refusal::of_io(&cause))?;
        if bytes.is_empty() {
            return Ok(seen.then_some(fits));
        }
        seen = true;
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.unwrap_or(bytes.len());
        if buffer.len() + taken > LINE_CAP {
            fits = false;
            buffer.clear();
        }
        if fits {
            buffer.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        }
        source.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            if buffer.last() == Some(&b'\r') {
                buffer.pop();
            }
            return Ok(Some(fits));
        }
    }
}

/// One line as a value, or why it is none.
fn value(bytes: &[u8]) -> Result<Json<'_>, Refusal> {
    if bytes.contains(&0) {
        return Err(Refusal::Nul);
    }
    let text = std::str::from_utf8(bytes).map_err(|cause| Refusal::NotUtf8 { byte: cause.valid_up_to() })?;
    serde_json::from_str(text).map_err(|cause| {
        let reason = cause.to_string();
        if reason.contains("recursion limit") {
            Refusal::TooDeep
        } else if reason.contains("surrogate") || reason.contains("unexpected end of hex escape") {
            Refusal::LoneSurrogate
        } else {
            Refusal::NotJson { column: cause.column(), reason: reason.split(" at line").next().unwrap_or("it breaks off").to_owned() }
        }
    })
}
