//! What the store promises, and what happens to it when the machine below breaks its own promises.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod model;
#[cfg(test)]
mod power;
#[cfg(test)]
mod random;
#[cfg(test)]
mod tables;
