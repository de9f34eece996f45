//! A form as a tree: `Tags.member.1.Key=a` is a path of four steps.

use crate::error::Fault;
use std::collections::BTreeMap;

/// How many steps a name may have.
const MAX_STEPS: usize = 128;

/// How many elements of a list may be left out in a row.
const MAX_GAP: u32 = 10;

/// One step of names, with the value that ends there.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) value: Option<&'a str>,
    children: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Node<'a> {
    pub(super) fn of(pairs: &'a [(String, String)]) -> Result<Node<'a>, Fault> {
        let mut root = Node::default();
        for (name, value) in pairs {
            let mut node = &mut root;
            for (depth, step) in name.split('.').enumerate() {
                if depth >= MAX_STEPS {
                    return Err(Fault::Malformed);
                }
                node = node.children.entry(step).or_default();
            }
            node.value = Some(value);
        }
        Ok(root)
    }

    /// What stands below `name`, which may have several steps.
    pub(super) fn child(&self, name: &str) -> Option<&Node<'a>> {
        if !name.contains('.') {
            return self.children.get(name);
        }
        name.split('.').try_fold(self, |node, step| node.children.get(step))
    }

    /// What stands below the numbers, in their order. Gaps are closed.
    pub(super) fn numbered(&self) -> Vec<&Node<'a>> {
        self.by_number().into_iter().map(|(_, node)| node).collect()
    }

    fn by_number(&self) -> Vec<(u32, &Node<'a>)> {
        let mut found: Vec<(u32, &Node<'a>)> =
            self.children.iter().filter_map(|(step, node)| Some((step.parse().ok()?, node))).collect();
        found.sort_by_key(|(number, _)| *number);
        found
    }

    /// The same as elements of a list, with a `None` for each number that is left out, as AWS fills small gaps.
    ///
    /// AWS: probed by floci (SES): numbers begin at 1, and a gap of more than ten is refused.
    pub(super) fn elements(&self) -> Result<Vec<Option<&Node<'a>>>, Fault> {
        let mut out = Vec::new();
        let mut previous = 0_u32;
        for (number, node) in self.by_number() {
            if number == 0 {
                return Err(Fault::Index { message: "0 is not a valid index".to_owned() });
            }
            let skipped = number.saturating_sub(previous.max(1));
            if skipped > MAX_GAP {
                let message = format!("Excessively sparse input would skip {skipped} list elements");
                return Err(Fault::Index { message });
            }
            for _ in previous.saturating_add(1)..number {
                out.push(None);
            }
            // `1` and `01` are the same number.
            if number > previous {
                out.push(Some(node));
            }
            previous = number;
        }
        Ok(out)
    }

    /// Whether nothing stands below.
    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}
