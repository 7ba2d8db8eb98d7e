//! Records: what members pool, how it is read, whose it is and on what ground it may be licensed.

pub mod canonical;
mod import;
pub mod intake;
pub mod mapping;
mod misfit;
pub mod pack;
mod reading;
pub mod rules;
pub mod shelf;
mod store;
pub mod upload;

pub use import::{Overtaken, Step, Task, import};
