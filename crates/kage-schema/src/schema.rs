//! Schemas: the shape of a structure, as static data.

use std::sync::OnceLock;

/// What kind of value a shape holds. The names are those of the API models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Named members, each with its own shape.
    Structure,
    /// Exactly one of several named members.
    Union,
    /// Values of one shape, in order.
    List,
    /// Values of one shape under string keys.
    Map,
    /// UTF-8 text; also enumerations, whose unknown values are kept.
    String,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    Long,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// True or false.
    Boolean,
    /// Bytes; base64 in text protocols.
    Blob,
    /// A point in time with milliseconds.
    Timestamp,
    /// Free JSON.
    Document,
}

impl Kind {
    /// Whether values of this kind have no inner slots.
    #[must_use]
    pub const fn is_scalar(self) -> bool {
        !matches!(self, Kind::Structure | Kind::Union | Kind::List | Kind::Map)
    }
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2015-01-25T08:00:00Z`, also called `date-time`.
    Iso8601,
    /// `Sun, 25 Jan 2015 08:00:00 GMT`, also called `http-date`.
    Rfc822,
    /// Seconds since 1970, with a fraction where there are milliseconds.
    Epoch,
}

/// Where in the HTTP message a member travels (REST protocols only).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body document.
    Body,
    /// One header, named by the member's wire name.
    Header,
    /// All headers that start with the member's wire name; the rest of the name is the map key.
    Headers,
    /// A label of the path template.
    Uri,
    /// One query parameter; for a map, all parameters that have no other place.
    Query,
    /// The HTTP status code.
    Status,
}

/// Yes-or-no facts about a shape or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// None set.
    pub const NONE: Flags = Flags(0);
    /// The member must be present.
    pub const REQUIRED: Flags = Flags(1);
    /// List or map whose entries stand directly in the parent (XML, query).
    pub const FLATTENED: Flags = Flags(1 << 1);
    /// Written as an attribute of the parent element (XML).
    pub const XML_ATTRIBUTE: Flags = Flags(1 << 2);
    /// Must never be written to logs or records.
    pub const SENSITIVE: Flags = Flags(1 << 3);
    /// The whole HTTP body, possibly too large for memory.
    pub const STREAMING: Flags = Flags(1 << 4);
    /// The whole HTTP body.
    pub const PAYLOAD: Flags = Flags(1 << 5);
    /// Filled by SDKs with a random value when absent.
    pub const IDEMPOTENCY_TOKEN: Flags = Flags(1 << 6);
    /// A union whose members are events of a stream.
    pub const EVENT_STREAM: Flags = Flags(1 << 7);
    /// A structure that is one event of a stream.
    pub const EVENT: Flags = Flags(1 << 8);
    /// The member is the payload of its event.
    pub const EVENT_PAYLOAD: Flags = Flags(1 << 9);
    /// The member is a header of its event.
    pub const EVENT_HEADER: Flags = Flags(1 << 10);
    /// A string that carries JSON, base64 in headers.
    pub const JSON_VALUE: Flags = Flags(1 << 11);
    /// A label of the operation's host prefix.
    pub const HOST_LABEL: Flags = Flags(1 << 12);
    /// The structure is an error.
    pub const ERROR: Flags = Flags(1 << 13);

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// Limits that the model states for values of a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Smallest length of text, blob, list or map, or smallest number.
    pub min: Option<i64>,
    /// Largest length, or largest number.
    pub max: Option<i64>,
    /// Regular expression that text must match as a whole.
    pub pattern: Option<&'static str>,
    /// The known values of an enumeration; empty when the shape is none.
    pub values: &'static [&'static str],
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits { min: None, max: None, pattern: None, values: &[] };
}

/// The members of a shape. A list has one, a map two (key, value), a scalar none.
#[derive(Debug)]
pub enum Members {
    /// Known at compile time.
    Fixed(&'static [Member]),
    /// Loaded from a model at run time; set once, after the shapes it refers to exist.
    Late(OnceLock<&'static [Member]>),
}

/// The static description of one shape.
#[derive(Debug)]
pub struct Schema {
    /// The shape's name in the model.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its members.
    pub members: Members,
    /// Its limits.
    pub limits: Limits,
    /// Facts that hold for the shape wherever it is used.
    pub flags: Flags,
    /// The element name that the shape prescribes for itself (XML), for example of an error or payload.
    pub xml_name: Option<&'static str>,
    /// XML namespace: prefix (may be empty) and URI.
    pub xml_namespace: Option<(&'static str, &'static str)>,
    /// How timestamps of this shape are written, where the shape says so.
    pub timestamp: Option<TimestampFormat>,
}

impl Schema {
    /// A shape with nothing but a name, a kind and members.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, members: &'static [Member]) -> Schema {
        Schema {
            name,
            kind,
            members: Members::Fixed(members),
            limits: Limits::NONE,
            flags: Flags::NONE,
            xml_name: None,
            xml_namespace: None,
            timestamp: None,
        }
    }

    /// The same with limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Schema {
        self.limits = limits;
        self
    }

    /// The same with flags added.
    #[must_use]
    pub const fn flags(mut self, flags: Flags) -> Schema {
        self.flags = self.flags.with(flags);
        self
    }

    /// The same with an element name of its own.
    #[must_use]
    pub const fn xml_name(mut self, name: &'static str) -> Schema {
        self.xml_name = Some(name);
        self
    }

    /// The same with an XML namespace.
    #[must_use]
    pub const fn xml_namespace(mut self, prefix: &'static str, uri: &'static str) -> Schema {
        self.xml_namespace = Some((prefix, uri));
        self
    }

    /// The same with a timestamp format.
    #[must_use]
    pub const fn timestamp(mut self, format: TimestampFormat) -> Schema {
        self.timestamp = Some(format);
        self
    }

    /// The members, in the order of the model (and so of the slots).
    #[must_use]
    pub fn members(&self) -> &'static [Member] {
        match &self.members {
            Members::Fixed(members) => members,
            Members::Late(cell) => cell.get().copied().unwrap_or(&[]),
        }
    }

    /// Position and description of the member with this model name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<(usize, &'static Member)> {
        self.members().iter().enumerate().find(|(_, member)| member.name == name)
    }

    /// The element of a list. `None` for other kinds.
    #[must_use]
    pub fn element(&self) -> Option<&'static Member> {
        if self.kind == Kind::List { self.members().first() } else { None }
    }

    /// Key and value of a map. `None` for other kinds.
    #[must_use]
    pub fn entry(&self) -> Option<(&'static Member, &'static Member)> {
        match (self.kind, self.members()) {
            (Kind::Map, [key, value]) => Some((key, value)),
            _ => None,
        }
    }

    /// The member that is the whole HTTP body, if there is one.
    #[must_use]
    pub fn payload(&self) -> Option<(usize, &'static Member)> {
        self.members().iter().enumerate().find(|(_, member)| member.flags.has(Flags::PAYLOAD))
    }
}

/// One member of a structure or union, the element of a list, or the key or value of a map.
#[derive(Debug)]
pub struct Member {
    /// Its name in the model; generated field names derive from it.
    pub name: &'static str,
    /// Its name on the wire, where that differs from the model's name.
    pub wire_name: Option<&'static str>,
    /// Its name in the EC2 query protocol, where the model states one.
    pub query_name: Option<&'static str>,
    /// Where it travels in REST protocols.
    pub location: Location,
    /// Facts about this use of the shape; the shape's own flags count as well, see [`Member::has`].
    pub flags: Flags,
    /// XML namespace of this use: prefix (may be empty) and URI.
    pub xml_namespace: Option<(&'static str, &'static str)>,
    /// How a timestamp is written in this use.
    pub timestamp: Option<TimestampFormat>,
    /// The shape of the value.
    pub target: &'static Schema,
}

impl Member {
    /// A member in the body under its own name.
    #[must_use]
    pub const fn new(name: &'static str, target: &'static Schema) -> Member {
        Member {
            name,
            wire_name: None,
            query_name: None,
            location: Location::Body,
            flags: Flags::NONE,
            xml_namespace: None,
            timestamp: None,
            target,
        }
    }

    /// The same under another name on the wire.
    #[must_use]
    pub const fn wire(mut self, name: &'static str) -> Member {
        self.wire_name = Some(name);
        self
    }

    /// The same with a name for EC2 query.
    #[must_use]
    pub const fn query(mut self, name: &'static str) -> Member {
        self.query_name = Some(name);
        self
    }

    /// The same at another place of the message.
    #[must_use]
    pub const fn at(mut self, location: Location) -> Member {
        self.location = location;
        self
    }

    /// The same with flags added.
    #[must_use]
    pub const fn flags(mut self, flags: Flags) -> Member {
        self.flags = self.flags.with(flags);
        self
    }

    /// The same with an XML namespace.
    #[must_use]
    pub const fn xml_namespace(mut self, prefix: &'static str, uri: &'static str) -> Member {
        self.xml_namespace = Some((prefix, uri));
        self
    }

    /// The same with a timestamp format.
    #[must_use]
    pub const fn timestamp(mut self, format: TimestampFormat) -> Member {
        self.timestamp = Some(format);
        self
    }

    /// The name on the wire: the stated one, or the model's.
    #[must_use]
    pub const fn wire_or_name(&self) -> &'static str {
        match self.wire_name {
            Some(name) => name,
            None => self.name,
        }
    }

    /// Whether the flag holds for this use or for the shape wherever it is used.
    #[must_use]
    pub const fn has(&self, flag: Flags) -> bool {
        self.flags.has(flag) || self.target.flags.has(flag)
    }

    /// Whether the member must be present.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        self.flags.has(Flags::REQUIRED)
    }

    /// The timestamp format of this use, else of the shape, else the protocol's default.
    #[must_use]
    pub fn timestamp_format(&self, default: TimestampFormat) -> TimestampFormat {
        self.timestamp.or(self.target.timestamp).unwrap_or(default)
    }
}
