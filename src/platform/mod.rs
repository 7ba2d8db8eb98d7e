//! What every department stands on: the databases, the journal, mail, jobs, blobs and the web kit.

pub mod clock;
pub mod db;
pub mod jobs;
pub mod journal;
pub mod mail;
pub mod outbox;
pub mod secrets;
pub mod storage;
pub mod web;
