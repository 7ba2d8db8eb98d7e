//! Pure words that every department uses: identifiers, money, time, digests, the term sheet and
//! what can be decided. Nothing here reads a clock, draws a random number or touches a device.

pub mod actor;
pub mod digest;
pub mod ids;
pub mod matter;
pub mod merkle;
pub mod money;
pub mod sql;
pub mod terms;
pub mod text;
pub mod time;
