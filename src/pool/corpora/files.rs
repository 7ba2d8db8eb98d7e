//! The files of a frozen revision: JSON lines behind gzip, and Parquet. Both are the same bytes on
//! every run: nothing in them tells when, where or how often they were made.

use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::pool::records::canonical::{self, Content};
use crate::pool::records::shelf::Row;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::Write as _;
use std::sync::Arc;

/// Content after which a part is closed and the next begins.
pub const PART_BYTES: usize = 32 << 20;
/// Records to a row group.
const GROUP: usize = 10_000;

const SCHEMA: &str = "message corpus {
    REQUIRED BYTE_ARRAY id (UTF8);
    REQUIRED BYTE_ARRAY leaf (UTF8);
    REQUIRED BYTE_ARRAY salt (UTF8);
    REQUIRED BYTE_ARRAY kind (UTF8);
    REQUIRED BYTE_ARRAY key (UTF8);
    REQUIRED BYTE_ARRAY language (UTF8);
    OPTIONAL BYTE_ARRAY time (UTF8);
    REQUIRED INT64 words;
    REQUIRED BYTE_ARRAY contributors (UTF8);
    REQUIRED BYTE_ARRAY text (UTF8);
    REQUIRED BYTE_ARRAY record (UTF8);
}";

/// One record as it is delivered.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Its row.
    pub row: Row,
    /// Its canonical content.
    pub record: String,
}

impl Delivered {
    /// The record, if its content hashes to its leaf.
    ///
    /// # Errors
    /// Broken when it does not.
    pub fn checked(row: Row, record: &[u8]) -> Result<Self> {
        if canonical::leaf(&row.salt, record) != row.leaf {
            return Err(anyhow::anyhow!("record {} does not hash to its leaf", row.id).into());
        }
        let record = String::from_utf8(record.to_vec()).map_err(anyhow::Error::from)?;
        Ok(Self { row, record })
    }
}

/// A line of the JSON file. A leaf is `SHA-256(0x00 || salt || record)`, the record's bytes as they
/// stand here.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    leaf: &'a str,
    salt: String,
    record: &'a RawValue,
}

/// JSON lines behind gzip, without name or time in its header.
///
/// # Errors
/// Never in practice.
pub fn jsonl(records: &[Delivered]) -> Result<Vec<u8>> {
    use crate::kernel::ids::Id as _;
    let mut file = flate2::GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), flate2::Compression::new(6));
    for delivered in records {
        let record: &RawValue = serde_json::from_str(&delivered.record)?;
        let line = Line { id: delivered.row.id.as_str(), leaf: delivered.row.leaf.as_str(), salt: canonical::salt_text(&delivered.row.salt), record };
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    Ok(file.finish()?)
}

/// Parquet with zstd; the footer names the root of the revision it belongs to.
///
/// # Errors
/// When a record's content cannot be read.
pub fn parquet(records: &[Delivered], root: &Digest) -> Result<Vec<u8>> {
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(anyhow::Error::from)?);
    let footer = vec![KeyValue::new("guildhall.root".to_owned(), root.to_string()), KeyValue::new("guildhall.leaf".to_owned(), super::LEAF.to_owned())];
    let properties = WriterProperties::builder()
        .set_created_by("guildhall".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).map_err(anyhow::Error::from)?))
        .set_key_value_metadata(Some(footer))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).map_err(anyhow::Error::from)?;
    for some in records.chunks(GROUP) {
        let mut group = file.next_row_group().map_err(anyhow::Error::from)?;
        write_group(&mut group, some)?;
        group.close().map_err(anyhow::Error::from)?;
    }
    Ok(file.into_inner().map_err(anyhow::Error::from)?)
}

fn write_group(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, records: &[Delivered]) -> Result<()> {
    use crate::kernel::ids::Id as _;
    let contents: Vec<Content> = records.iter().map(|d| serde_json::from_str(&d.record)).collect::<Result<_, _>>()?;
    let of = |value: &dyn Fn(&Delivered) -> String| -> Vec<ByteArray> { records.iter().map(|d| ByteArray::from(value(d).into_bytes())).collect() };
    text(group, of(&|d| d.row.id.as_str().to_owned()))?;
    text(group, of(&|d| d.row.leaf.as_str().to_owned()))?;
    text(group, of(&|d| canonical::salt_text(&d.row.salt)))?;
    text(group, of(&|d| d.row.kind.clone()))?;
    text(group, of(&|d| d.row.key.clone()))?;
    text(group, of(&|d| d.row.language.clone()))?;
    let times: Vec<ByteArray> = contents.iter().filter_map(|c| c.time.clone()).map(|time| ByteArray::from(time.into_bytes())).collect();
    let present: Vec<i16> = contents.iter().map(|c| i16::from(c.time.is_some())).collect();
    column::<ByteArrayType>(group, &times, Some(&present))?;
    column::<Int64Type>(group, &records.iter().map(|d| d.row.words).collect::<Vec<_>>(), None)?;
    let people = contents.iter().map(|c| Ok(ByteArray::from(serde_json::to_vec(&c.contributors)?))).collect::<Result<_>>()?;
    text(group, people)?;
    text(group, contents.iter().map(|c| ByteArray::from(c.text().into_bytes())).collect())?;
    text(group, of(&|d| d.record.clone()))
}

fn text(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: Vec<ByteArray>) -> Result<()> {
    column::<ByteArrayType>(group, &values, None)
}

fn column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[T::T], present: Option<&[i16]>) -> Result<()> {
    let next = group.next_column().map_err(anyhow::Error::from)?;
    let mut column = next.ok_or_else(|| anyhow::anyhow!("the schema has fewer columns"))?;
    column.typed::<T>().write_batch(values, present, None).map_err(anyhow::Error::from)?;
    column.close().map_err(anyhow::Error::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::{BatchId, Id as _, RecordId};
    use std::io::Read as _;

    fn delivered(n: u8, time: Option<&str>) -> Delivered {
        let id = |last: u8| format!("0190a0b0-0000-7000-8000-0000000000{last:02x}");
        let time = time.map_or_else(|| "null".to_owned(), |t| format!("\"{t}\""));
        let record = format!(
            "{{\"contributors\":[{{\"of\":1,\"person\":\"p{n}\",\"role\":\"author\",\"share\":1}}],\"key\":\"k{n}\",\"kind\":\"article\",\"language\":\"en\",\"parts\":[{{\"author\":0,\"origin\":\"own\",\"text\":\"na\u{ef}ve {n}\"}}],\"time\":{time}}}"
        );
        let row = Row {
            id: RecordId::parse(&id(n)).unwrap(),
            batch: BatchId::parse(&id(0)).unwrap(),
            line: 1,
            kind: "article".into(),
            key: format!("k{n}"),
            happened_at: None,
            language: "en".into(),
            parts: 1,
            words: 2,
            bytes: 7,
            salt: vec![n; 16],
            leaf: canonical::leaf(&[n; 16], record.as_bytes()),
            repeat_of: None,
            pack: Digest::of(b""),
            ordinal: 0,
        };
        Delivered::checked(row, record.as_bytes()).unwrap()
    }

    #[test]
    fn files_are_the_same_bytes_every_time_and_hold_what_the_leaves_say() {
        let records = [delivered(1, None), delivered(2, Some("2020-05-13T13:14:24Z"))];
        let root = Digest::of(b"root");
        assert_eq!(parquet(&records, &root).unwrap(), parquet(&records, &root).unwrap());
        let packed = jsonl(&records).unwrap();
        assert_eq!(packed, jsonl(&records).unwrap());
        let mut plain = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut plain).unwrap();
        for (line, delivered) in plain.lines().zip(&records) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let salt = crate::kernel::digest::unhex(line["salt"].as_str().unwrap()).unwrap();
            assert_eq!(canonical::leaf(&salt, serde_json::to_string(&line["record"]).unwrap().as_bytes()).as_str(), line["leaf"].as_str().unwrap());
            assert_eq!(line["id"], delivered.row.id.as_str());
        }
    }

    #[test]
    fn content_that_is_not_its_leafs_is_never_delivered() {
        let mut row = delivered(1, None).row;
        row.salt = vec![9; 16];
        assert!(Delivered::checked(row, b"{}").is_err());
    }
}
