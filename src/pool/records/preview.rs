//! The first lines of an upload, for whoever is about to map it.

use super::canonical::Record;
use super::intake::{self, Flow, Limits};
use super::mapping::Mapping;
use super::{suggest, upload};
use crate::app::App;
use crate::error::Result;
use crate::kernel::ids::CoopId;
use std::sync::Arc;
use upload::Upload;

/// How many lines a preview shows.
const PREVIEWED: usize = 5;

/// The first lines of an upload, as the mapping reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Line number, and the record or why there is none.
    pub lines: Vec<(u64, Result<Record, String>)>,
    /// Where values stand in the first line that can be read: pointers or columns with an example.
    pub places: Vec<(String, String)>,
    /// The mapping form's values that this line suggests.
    pub suggested: Vec<(String, String)>,
    /// What is wrong with the file as a whole.
    pub fault: Option<String>,
}

impl Preview {
    /// Why nothing of the file can be read, where nothing can.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        if !self.places.is_empty() {
            return None;
        }
        let of_line = self.lines.iter().find_map(|(line, record)| record.as_ref().err().map(|reason| format!("line {line}: {reason}")));
        Some(of_line.or_else(|| self.fault.clone()).unwrap_or_else(|| "there is no record in it".to_owned()))
    }
}

/// Reads the first lines of an upload, with a mapping if there is one.
///
/// # Errors
/// When the storage does.
pub async fn preview(app: &App, coop: &CoopId, name: &str, upload: &Upload, mapping: Option<Mapping>) -> Result<Preview> {
    let reader = upload::Reader::new(tokio::runtime::Handle::current(), app.blobs.clone(), coop.clone(), Arc::new(upload.clone()), Arc::default());
    let name = name.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut preview = Preview::default();
        let end = intake::read(reader, &name, &Limits::default(), &mut |line, raw| {
            if let (Ok(raw), true) = (&raw, preview.places.is_empty()) {
                preview.places = suggest::places(raw);
                preview.suggested = suggest::suggest(raw);
            }
            let read = raw.map_err(|refusal| refusal.to_string());
            let record = match &mapping {
                Some(mapping) => read.and_then(|raw| mapping.apply(&raw).map_err(|misfit| misfit.to_string())).map(Some),
                None => read.map(|_| None),
            };
            match record {
                Ok(Some(record)) => preview.lines.push((line, Ok(record))),
                Err(reason) => preview.lines.push((line, Err(reason))),
                Ok(None) => return Flow::Stop,
            }
            if preview.lines.len() >= PREVIEWED { Flow::Stop } else { Flow::On }
        });
        preview.fault = end.err().map(|refusal| refusal.to_string());
        preview
    });
    Ok(read.await.map_err(|cause| anyhow::anyhow!("the preview broke off: {cause}"))?)
}
