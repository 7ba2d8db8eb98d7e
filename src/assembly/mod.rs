//! Where members decide: questions, ballots, decisions.

pub mod proposals;
