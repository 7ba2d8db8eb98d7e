//! Bargaining: the tariff that members voted, the buyers, and the offers that go to and fro.

pub mod buyers;
pub mod offers;
pub mod tariffs;
