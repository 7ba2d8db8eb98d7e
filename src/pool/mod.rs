//! The pool: records of members' work, and the corpora that are selected from them.

pub mod corpora;
pub mod records;
