//! The small part of Markdown that a rehearsal needs: headings, fenced blocks, HTML comments.
//!
//! It follows CommonMark for fences (backticks or tildes, three or more, closed by at least as many). One thing is
//! stricter: a fence behind four or more spaces would be plain text to a Markdown reader, so a block that looks as
//! if it were run would not be. It is refused.

use crate::problem::Problem;

/// One piece of the document that means something to a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `## text`
    Heading {
        /// Number of `#`, 1 to 6.
        level: usize,
        /// The text without the marks.
        text: String,
        /// Line of the heading.
        line: usize,
    },
    /// A fenced block.
    Fence {
        /// All of the info string, trimmed.
        info: String,
        /// The lines between the fences, each ended by a newline.
        body: String,
        /// Line of the opening fence; the body begins on the next one.
        line: usize,
    },
    /// An HTML comment, without its marks.
    Comment {
        /// The text between `<!--` and `-->`, trimmed.
        text: String,
        /// Line on which it begins.
        line: usize,
    },
}

struct OpenFence {
    mark: char,
    length: usize,
    indent: usize,
    info: String,
    body: String,
    line: usize,
}

/// Reads a document. Fails on a fence or a comment that is never closed, and on a fence indented by four or more.
pub fn scan(text: &str) -> Result<Vec<Element>, Problem> {
    let mut elements = Vec::new();
    let mut fence: Option<OpenFence> = None;
    let mut comment: Option<(usize, String)> = None;
    for (index, line_text) in text.lines().enumerate() {
        let line = index.saturating_add(1);
        if let Some(mut open) = fence.take() {
            if closes(line_text, &open) {
                elements.push(Element::Fence { info: open.info, body: open.body, line: open.line });
            } else {
                open.body.push_str(without_indent(line_text, open.indent));
                open.body.push('\n');
                fence = Some(open);
            }
        } else if let Some((start, mut gathered)) = comment.take() {
            gathered.push('\n');
            if let Some((inside, _)) = line_text.split_once("-->") {
                gathered.push_str(inside);
                elements.push(Element::Comment { text: gathered.trim().to_owned(), line: start });
            } else {
                gathered.push_str(line_text);
                comment = Some((start, gathered));
            }
        } else if let Some(open) = opens(line_text, line)? {
            fence = Some(open);
        } else if let Some((level, text)) = heading(line_text) {
            elements.push(Element::Heading { level, text, line });
        } else {
            comment = comments(line_text, line, &mut elements);
        }
    }
    if let Some(open) = fence {
        return Err(Problem::at(open.line, "this fenced block is never closed"));
    }
    if let Some((line, _)) = comment {
        return Err(Problem::at(line, "this comment is never closed"));
    }
    Ok(elements)
}

/// Takes the comments of one line; returns one that is still open at its end.
fn comments(line_text: &str, line: usize, elements: &mut Vec<Element>) -> Option<(usize, String)> {
    let mut rest = line_text;
    while let Some((_, after)) = rest.split_once("<!--") {
        match after.split_once("-->") {
            Some((inside, tail)) => {
                elements.push(Element::Comment { text: inside.trim().to_owned(), line });
                rest = tail;
            }
            None => return Some((line, after.to_owned())),
        }
    }
    None
}

fn opens(line_text: &str, line: usize) -> Result<Option<OpenFence>, Problem> {
    let trimmed = line_text.trim_start();
    let indent = line_text.len().saturating_sub(trimmed.len());
    let Some(mark) = trimmed.chars().next().filter(|c| matches!(c, '`' | '~')) else { return Ok(None) };
    let info = trimmed.trim_start_matches(mark);
    let length = trimmed.len().saturating_sub(info.len());
    // CommonMark 4.5: the info string of a backtick fence holds no backtick, else it is inline code.
    if length < 3 || (mark == '`' && info.contains('`')) {
        return Ok(None);
    }
    if indent > 3 {
        return Err(Problem::at(
            line,
            "a fence behind four or more spaces is plain text in Markdown; indent it less",
        ));
    }
    Ok(Some(OpenFence { mark, length, indent, info: info.trim().to_owned(), body: String::new(), line }))
}

fn closes(line_text: &str, open: &OpenFence) -> bool {
    let trimmed = line_text.trim();
    trimmed.len() >= open.length && trimmed.chars().all(|c| c == open.mark)
}

fn without_indent(line_text: &str, indent: usize) -> &str {
    let spaces = line_text.len().saturating_sub(line_text.trim_start_matches(' ').len()).min(indent);
    line_text.get(spaces..).unwrap_or(line_text)
}

fn heading(line_text: &str) -> Option<(usize, String)> {
    let rest = line_text.trim_start_matches('#');
    let level = line_text.len().saturating_sub(rest.len());
    if !(1..=6).contains(&level) || !rest.starts_with(' ') {
        return None;
    }
    Some((level, rest.trim().trim_end_matches('#').trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_fences_and_comments_keep_their_lines() {
        let text = "# Title\n\ntext <!-- claims: A-B-01 -->\n\n```sh profile=bob\naws s3 ls\n\necho done\n```\n## Next\n";
        let elements = scan(text).expect("scans");
        assert_eq!(
            elements,
            vec![
                Element::Heading { level: 1, text: "Title".into(), line: 1 },
                Element::Comment { text: "claims: A-B-01".into(), line: 3 },
                Element::Fence {
                    info: "sh profile=bob".into(),
                    body: "aws s3 ls\n\necho done\n".into(),
                    line: 5
                },
                Element::Heading { level: 2, text: "Next".into(), line: 10 },
            ]
        );
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one_and_indent_is_taken_off() {
        let text = "  ````text\n  ```sh\n  rm -rf x\n  ```\n  ````\n";
        let elements = scan(text).expect("scans");
        assert_eq!(
            elements,
            vec![Element::Fence { info: "text".into(), body: "```sh\nrm -rf x\n```\n".into(), line: 1 }]
        );
    }

    #[test]
    fn what_stands_in_a_comment_is_not_run() {
        let elements = scan("<!--\n```sh\naws s3 ls\n```\n-->\n").expect("scans");
        assert_eq!(elements, vec![Element::Comment { text: "```sh\naws s3 ls\n```".into(), line: 1 }]);
    }

    #[test]
    fn open_ends_and_deep_indents_are_refused_with_their_line() {
        assert_eq!(scan("a\n```sh\nls\n").expect_err("open").line, 2);
        assert_eq!(scan("a\n\n<!-- x\n").expect_err("open").line, 3);
        assert_eq!(scan("1. do\n\n    ```sh\n    ls\n    ```\n").expect_err("deep").line, 3);
    }

    #[test]
    fn inline_code_is_not_a_fence() {
        assert_eq!(scan("```not a fence``` in a line\n").expect("scans"), vec![]);
    }
}
