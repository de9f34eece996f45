//! Amazon Resource Names.

use std::fmt;

/// `arn:partition:service:region:account:resource`, taken apart. The resource part may hold further colons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `aws`.
    pub partition: String,
    /// `iam`.
    pub service: String,
    /// Empty for global services.
    pub region: String,
    /// Twelve digits; empty where the service leaves it out (S3 buckets).
    pub account: String,
    /// `user/path/name`, `key/…`, `alias/…`.
    pub resource: String,
}

impl Arn {
    /// An ARN in our partition.
    #[must_use]
    pub fn new(service: &str, region: &str, account: &str, resource: impl Into<String>) -> Arn {
        Arn {
            partition: crate::PARTITION.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.into(),
        }
    }

    /// Reads an ARN; `None` when it has fewer than six parts or does not begin with `arn:`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Arn> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let mut next = || parts.next().map(str::to_owned);
        Some(Arn {
            partition: next()?,
            service: next()?,
            region: next()?,
            account: next()?,
            resource: next()?,
        })
    }

    /// The resource part after `kind/` (or `kind:`): `Arn(…:role/a/b).of("role")` is `a/b`.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<&str> {
        self.resource.strip_prefix(kind)?.strip_prefix(['/', ':'])
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_reads_back() {
        let text = "arn:aws:iam::111122223333:user/a/b:c";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.to_string(), text);
        assert_eq!(arn.of("user"), Some("a/b:c"));
        assert_eq!(arn.of("role"), None);
        assert_eq!(Arn::parse("arn:aws:iam"), None);
        assert_eq!(Arn::parse("x:aws:iam::1:user/a"), None);
    }
}
