//! Sending a file as a browser's form does.

use super::{Browser, Page};
use std::io::Read;

const BORDER: &str = "----border7f3a9";

impl Browser {
    /// Sends one file of these bytes in a form.
    pub fn upload(&self, path: &str, key: &str, name: &str, bytes: &[u8]) -> Page {
        self.upload_from(path, key, name, bytes, bytes.len() as u64)
    }

    /// Sends a file read from somewhere, of so many bytes.
    pub fn upload_from(&self, path: &str, key: &str, name: &str, source: impl Read, length: u64) -> Page {
        let head = format!(
            "--{BORDER}\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n{key}\r\n--{BORDER}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{BORDER}--\r\n");
        let length = length + (head.len() + tail.len()) as u64;
        let mut body = head.as_bytes().chain(source).chain(tail.as_bytes());
        let mut request = Self::agent()
            .post(format!("{}{path}", self.url))
            .header("Sec-Fetch-Site", "same-origin")
            .header("Content-Type", format!("multipart/form-data; boundary={BORDER}"))
            .header("Content-Length", length.to_string());
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        Self::page(request.send(ureq::SendBody::from_reader(&mut body)))
    }
}
