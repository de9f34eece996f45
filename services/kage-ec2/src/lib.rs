//! kage-ec2.
