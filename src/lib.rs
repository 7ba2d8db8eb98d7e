//! Guildhall: a collective-bargaining data cooperative in one program. ARCHITECTURE.md tells the
//! walks; each department stands above what it imports, in this order.

pub mod app;
pub mod assembly;
pub mod bargaining;
pub mod cli;
pub mod config;
pub mod error;
pub mod hall;
pub mod kernel;
pub mod licensing;
pub mod membership;
pub mod platform;
pub mod pool;
pub mod treasury;
