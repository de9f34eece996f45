//! S3 through the real pipeline: signed REST calls into a double in this process.

#[cfg(test)]
mod access;
#[cfg(test)]
mod acls;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod versions;
