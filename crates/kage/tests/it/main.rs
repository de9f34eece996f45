//! The command line, from outside: the binary is started and its commands are run.

#[cfg(test)]
mod kage;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod life;
#[cfg(test)]
mod reflex;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod work;
