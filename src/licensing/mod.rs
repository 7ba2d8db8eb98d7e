//! Licensing: the signing keys, the licences they sign, the files delivered under them, and what
//! buyers report of their use.

pub mod deliveries;
pub mod keys;
pub mod licences;
pub mod usage;
