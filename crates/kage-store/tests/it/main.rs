//! What the store promises, and what happens to it when the machine below breaks its own promises.

mod bodies;
mod damage;
mod driver;
mod faults;
mod kill;
mod laws;
mod model;
mod power;
mod random;
mod tables;
