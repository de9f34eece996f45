//! The command line, from outside: the binary is started and its commands are run.

mod kage;
mod life;
mod usage;
mod work;
