//! Records: what members pool, how it is read, whose it is and on what ground it may be licensed.

pub mod canonical;
pub mod intake;
pub mod mapping;
mod misfit;
