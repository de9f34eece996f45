//! Pages of lists.

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<String>,
}

/// Cuts one page out of `items`, which must be in the order of `key`: those whose key is greater than `after`, at most
/// `limit` of them. `next` is the key of the last item of the page when more follow.
pub fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    after: Option<&str>,
    limit: usize,
) -> Page<T> {
    let mut rest = items.into_iter().filter(|item| after.is_none_or(|after| key(item).as_str() > after));
    let items: Vec<T> = rest.by_ref().take(limit).collect();
    let next = if rest.next().is_some() { items.last().map(&key) } else { None };
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once() {
        let all = ["a", "b", "c", "d", "e"];
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = page(all, |item| (*item).to_owned(), after.as_deref(), 2);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        assert_eq!(page(["a", "b"], |item| (*item).to_owned(), None, 2).next, None);
    }
}
