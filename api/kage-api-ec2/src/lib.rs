//! kage-api-ec2.
