//! A form as a tree: `Tags.member.1.Key=a` is a path of four steps.

use crate::error::Fault;
use std::collections::BTreeMap;

/// How many steps a name may have.
const MAX_STEPS: usize = 128;

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
        let mut found: Vec<(u32, &Node<'a>)> =
            self.children.iter().filter_map(|(step, node)| Some((step.parse().ok()?, node))).collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, node)| node).collect()
    }

    /// Whether nothing stands below.
    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}
