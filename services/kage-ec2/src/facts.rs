//! Regions and Availability Zones of the partition `aws`.
//!
//! Regions: botocore, `endpoints.json`, service `ec2`. Which of them need to be opted into, and zone ids: AWS Regions and
//! Availability Zones guide. Which letter stands for which zone differs by account in AWS; here it is the same for all.

/// A Region that is enabled in every account, with the zones behind the letters of its zone names.
pub struct Region {
    /// `us-east-1`.
    pub name: &'static str,
    /// `use1`, with which zone ids begin.
    pub prefix: &'static str,
    /// Letter of the zone's name, number of the zone's id.
    pub zones: &'static [(char, u8)],
}

const THREE: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3)];
const FOUR: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3), ('d', 4)];
const SIX: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5), ('f', 6)];

const fn region(name: &'static str, prefix: &'static str, zones: &'static [(char, u8)]) -> Region {
    Region { name, prefix, zones }
}

/// Regions that need no opt-in.
pub const ENABLED: &[Region] = &[
    region("ap-northeast-1", "apne1", &[('a', 4), ('c', 1), ('d', 2)]),
    region("ap-northeast-2", "apne2", FOUR),
    region("ap-northeast-3", "apne3", THREE),
    region("ap-south-1", "aps1", THREE),
    region("ap-southeast-1", "apse1", THREE),
    region("ap-southeast-2", "apse2", THREE),
    region("ca-central-1", "cac1", &[('a', 1), ('b', 2), ('d', 4)]),
    region("eu-central-1", "euc1", THREE),
    region("eu-north-1", "eun1", THREE),
    region("eu-west-1", "euw1", THREE),
    region("eu-west-2", "euw2", THREE),
    region("eu-west-3", "euw3", THREE),
    region("sa-east-1", "sae1", THREE),
    region("us-east-1", "use1", SIX),
    region("us-east-2", "use2", THREE),
    region("us-west-1", "usw1", &[('a', 1), ('c', 3)]),
    region("us-west-2", "usw2", FOUR),
];

/// Regions that an account must opt into; no account of the double has.
pub const OPT_IN: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];
