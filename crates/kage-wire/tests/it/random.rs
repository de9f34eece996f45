//! Random schemas and random records of them, from a seed.

use kage_schema::{Kind, Loader, Record, Scalar, Schema, Slot, Timestamp, TimestampFormat};
use serde_json::{Map, Value, json};

/// splitmix64: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Any text without NUL, with a taste for what formats stumble over.
    pub fn text(&mut self) -> String {
        let length = self.below(8);
        (0..length)
            .map(|_| match self.below(4) {
                0 => {
                    ['<', '&', '"', '\'', '%', '+', '=', ',', '\\', ' ', '\n', '\r', '\t', '.', '\u{1}', ']']
                        [self.below(16)]
                }
                1 => char::from_u32(1 + self.below(0xd7ff) as u32).unwrap_or('x'),
                2 => char::from_u32(0x1_f600 + self.below(64) as u32).unwrap_or('x'),
                _ => char::from(b'a' + self.below(26) as u8),
            })
            .collect()
    }

    /// Text that a header can hold.
    fn word(&mut self) -> String {
        let length = 1 + self.below(8);
        (0..length).map(|_| ['a', 'B', '0', ',', '"', '\\', '-', '/'][self.below(8)]).collect()
    }
}

/// The shapes of a random structure `Root`; with HTTP bindings when `rest`.
pub fn shapes(random: &mut Random, rest: bool) -> Value {
    let mut out = Map::new();
    let mut count = 0;
    let root = structure(random, &mut out, &mut count, 0, rest);
    out.insert("Root".to_owned(), root);
    Value::Object(out)
}

fn structure(
    random: &mut Random,
    out: &mut Map<String, Value>,
    count: &mut usize,
    depth: usize,
    rest: bool,
) -> Value {
    let mut members = Map::new();
    for index in 0..1 + random.below(6) {
        let head = rest && random.chance(40);
        let shape = if head { head_shape(random, out, count) } else { shape(random, out, count, depth + 1) };
        let kind = out[&shape]["type"].as_str().unwrap().to_owned();
        let mut member = json!({"shape": shape});
        if random.chance(30) || head {
            member["locationName"] = json!(format!("x-w{depth}{index}"));
        }
        if head {
            member["location"] = json!(if kind == "map" { "headers" } else { "header" });
            if kind == "map" {
                member["locationName"] = json!(format!("p{index}-"));
            }
        } else if matches!(kind.as_str(), "list" | "map") && random.chance(30) {
            member["flattened"] = json!(true);
        } else if kind == "string" && random.chance(15) {
            member["xmlAttribute"] = json!(true);
        }
        members.insert(format!("M{depth}{index}"), member);
    }
    json!({"type": "structure", "members": members})
}

fn add(out: &mut Map<String, Value>, count: &mut usize, shape: Value) -> String {
    *count += 1;
    let name = format!("Shape{count}");
    out.insert(name.clone(), shape);
    name
}

fn scalar(random: &mut Random) -> Value {
    let kind = random.pick(&["string", "integer", "long", "float", "double", "boolean", "blob", "timestamp"]);
    let mut shape = json!({"type": kind});
    if kind == "timestamp" && random.chance(50) {
        shape["timestampFormat"] = json!(random.pick(&["iso8601", "rfc822", "unixTimestamp"]));
    }
    shape
}

fn head_shape(random: &mut Random, out: &mut Map<String, Value>, count: &mut usize) -> String {
    let scalar = scalar(random);
    let inner = add(out, count, scalar);
    match random.below(6) {
        0 => add(out, count, json!({"type": "list", "member": {"shape": inner}})),
        1 => {
            let text = add(out, count, json!({"type": "string"}));
            add(out, count, json!({"type": "map", "key": {"shape": text}, "value": {"shape": text}}))
        }
        _ => inner,
    }
}

fn shape(random: &mut Random, out: &mut Map<String, Value>, count: &mut usize, depth: usize) -> String {
    let made = match if depth > 4 { 0 } else { random.below(8) } {
        0..=3 => scalar(random),
        4 => {
            let inner = shape(random, out, count, depth + 1);
            let mut list = json!({"type": "list", "member": {"shape": inner}});
            if random.chance(50) {
                list["member"]["locationName"] = json!("item");
            }
            list
        }
        5 => {
            let inner = shape(random, out, count, depth + 1);
            let text = add(out, count, json!({"type": "string"}));
            let mut map = json!({"type": "map", "key": {"shape": text}, "value": {"shape": inner}});
            if random.chance(50) {
                map["key"]["locationName"] = json!("K");
                map["value"]["locationName"] = json!("V");
            }
            map
        }
        _ => {
            let mut made = structure(random, out, count, depth, false);
            made["union"] = json!(random.chance(30));
            made
        }
    };
    add(out, count, made)
}

/// Loads `Root`. It lives as long as the test.
pub fn load(shapes: &Value) -> &'static Schema {
    Loader::new(shapes.as_object().unwrap()).schema("Root").unwrap()
}

/// Fills a record with random values. Text in the HTTP head is kept to what headers can hold.
pub fn fill(random: &mut Random, record: &mut dyn Record) {
    let members = record.schema().members();
    if record.schema().kind == Kind::Union {
        let index = random.below(members.len());
        return fill_slot(random, record.slot_mut(index).unwrap(), members[index].target, false, true);
    }
    for (index, member) in members.iter().enumerate() {
        let head = member.location != kage_schema::Location::Body;
        let some = head || member.has(kage_schema::Flags::FLATTENED);
        if random.chance(80) {
            fill_slot(random, record.slot_mut(index).unwrap(), member.target, head, some);
        }
    }
}

fn fill_slot(random: &mut Random, slot: &mut dyn Slot, schema: &'static Schema, head: bool, some: bool) {
    let text = |random: &mut Random| if head { random.word() } else { random.text() };
    let scalar = match schema.kind {
        Kind::Structure | Kind::Union => return fill(random, slot.record_mut().unwrap()),
        Kind::List => {
            let list = slot.list_mut().unwrap();
            for _ in 0..usize::from(some) + random.below(3) {
                fill_slot(random, list.push(), schema.element().unwrap().target, head, false);
            }
            return;
        }
        Kind::Map => {
            let map = slot.map_mut().unwrap();
            for number in 0..usize::from(some) + random.below(3) {
                let key = if head { format!("k{number}") } else { random.text() };
                let slot = map.entry(key);
                slot.clear();
                fill_slot(random, slot, schema.entry().unwrap().1.target, head, false);
            }
            return;
        }
        Kind::Boolean => Scalar::Bool(random.chance(50)),
        Kind::Integer => Scalar::Int(i64::from(random.next() as i32)),
        Kind::Long => Scalar::Int(random.next() as i64),
        Kind::Float => Scalar::Float(f64::from(f32::from_bits(random.next() as u32))),
        Kind::Double => Scalar::Float(f64::from_bits(random.next())),
        Kind::String => Scalar::Str(text(random)),
        Kind::Blob => Scalar::Blob(
            (0..random.below(6) + usize::from(head)).map(|_| b'a' + random.below(26) as u8).collect(),
        ),
        Kind::Timestamp => {
            let ms = random.next() as i64 % 4_000_000_000_000;
            // An http-date has no milliseconds.
            let whole = head || schema.timestamp == Some(TimestampFormat::Rfc822);
            Scalar::Time(if whole { Timestamp(ms).whole_seconds() } else { Timestamp(ms) })
        }
        Kind::Document => Scalar::Document(json!({"a": [1, null, random.text()]})),
    };
    slot.set(scalar).unwrap();
}
