//! The top of the house: the routes table, what is waiting for a person, the pages that belong to
//! no department, and the work that goes on without anybody asking.

pub mod audit;
pub mod backup;
pub mod bench_seed;
pub mod demo;
pub mod enactment;
pub mod desk;
pub mod home;
pub mod move_coop;
pub mod my_data;
pub mod operations;
pub mod overview;
pub mod record;
pub mod routes;
pub mod serve;
pub mod setup;
pub mod tasks;
pub mod worker;
