//! Quizzes and predictions: a question with options.

use serde::{Deserialize, Serialize};

use super::author::Author;
use super::prose::{self, Inline};

/// A question that is judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quiz {
    /// `quiz-1`, `quiz-2`, … by position in the task.
    pub id: String,
    /// The question.
    pub question: Vec<Inline>,
    /// The options; at least one is right.
    pub options: Vec<Choice>,
    /// Line in the file.
    pub line: u32,
}

impl Quiz {
    /// Whether all right options must be chosen, not just one.
    pub fn is_multiple(&self) -> bool {
        self.options.iter().filter(|option| option.right).count() > 1
    }

    /// Whether these options (from 0) are exactly the right ones.
    pub fn is_right(&self, choice: &[usize]) -> bool {
        self.options
            .iter()
            .enumerate()
            .all(|(at, option)| option.right == choice.contains(&at))
    }
}

/// A question asked before the run; recorded, never judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// `predict-1`, `predict-2`, … by position in the task.
    pub id: String,
    /// The question.
    pub question: Vec<Inline>,
    /// The options.
    pub options: Vec<Choice>,
    /// What really happens, shown after answering and doing; may be empty.
    pub truth: Vec<Inline>,
    /// Line in the file.
    pub line: u32,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What can be chosen.
    pub text: Vec<Inline>,
    /// Whether it is marked `[x]`.
    pub right: bool,
    /// What is said to who chose it; may be empty.
    pub feedback: Vec<Inline>,
}

/// What both kinds have in common.
struct Question {
    question: Vec<Inline>,
    options: Vec<Choice>,
    truth: Vec<Inline>,
}

/// Reads the block of a quiz.
pub(super) fn quiz(author: &mut Author, text: &str, base: usize, position: usize) -> Quiz {
    let question = read(author, text, base);
    if !question.options.iter().any(|option| option.right) {
        author.error(
            base,
            "No option of this quiz is right.",
            "Mark the right one: `- [x] …`.",
        );
    }
    for option in &question.options {
        if !option.right && option.feedback.is_empty() {
            author.error(
                base,
                format!(
                    "The wrong option \"{}\" says nothing to who chose it.",
                    prose::plain(&option.text)
                ),
                "Write what it would mean behind `::`.",
            );
        }
    }
    Quiz {
        id: format!("quiz-{position}"),
        question: question.question,
        options: question.options,
        line: author.line(base),
    }
}

/// Reads the block of a prediction.
pub(super) fn prediction(
    author: &mut Author,
    text: &str,
    base: usize,
    position: usize,
) -> Prediction {
    let question = read(author, text, base);
    Prediction {
        id: format!("predict-{position}"),
        question: question.question,
        options: question.options,
        truth: question.truth,
        line: author.line(base),
    }
}

/// What a line begins.
enum Line<'t> {
    Question(&'t str),
    Truth(&'t str),
    Option { right: bool, rest: &'t str },
    More(&'t str),
}

fn line_of(line: &str) -> Line<'_> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("- [") {
        if let Some(rest) = rest.strip_prefix(" ]") {
            return Line::Option { right: false, rest };
        }
        if let Some(rest) = rest.strip_prefix("x]").or_else(|| rest.strip_prefix("X]")) {
            return Line::Option { right: true, rest };
        }
    }
    if let Some(rest) = line.strip_prefix("? ") {
        return Line::Question(rest);
    }
    match line.strip_prefix("! ") {
        Some(rest) => Line::Truth(rest),
        None => Line::More(line),
    }
}

fn read(author: &mut Author, text: &str, base: usize) -> Question {
    // Each entry: where it begins, what it is, and its text with the lines that go on with it.
    let mut entries: Vec<(usize, Line<'_>, String)> = Vec::new();
    let mut offset = base;
    for line in text.split_inclusive('\n') {
        let kind = line_of(line);
        match (&kind, entries.last_mut()) {
            (Line::More(""), _) => {}
            (Line::More(more), Some((_, _, text))) => {
                text.push(' ');
                text.push_str(more);
            }
            (Line::More(_), None) => author.error(
                offset,
                "A quiz begins with its question.",
                "Write `? question`, then `- [ ] option :: feedback` lines.",
            ),
            (Line::Question(rest) | Line::Truth(rest) | Line::Option { rest, .. }, _) => {
                let rest = rest.trim().to_owned();
                entries.push((offset, kind, rest));
            }
        }
        offset += line.len();
    }
    let mut question = Question {
        question: Vec::new(),
        options: Vec::new(),
        truth: Vec::new(),
    };
    for (at, kind, text) in entries {
        match kind {
            Line::Question(_) if question.question.is_empty() => {
                question.question = prose::line(author, &text, at);
            }
            Line::Question(_) => author.error(
                at,
                "This block asks two questions.",
                "Give each question a block of its own.",
            ),
            Line::Truth(_) => question.truth = prose::line(author, &text, at),
            Line::Option { right, .. } => {
                let (option, feedback) = text.split_once("::").unwrap_or((&text, ""));
                question.options.push(Choice {
                    text: prose::line(author, option, at),
                    right,
                    feedback: prose::line(author, feedback, at),
                });
            }
            Line::More(_) => {}
        }
    }
    if question.question.is_empty() {
        author.error(base, "This block asks nothing.", "Begin with `? question`.");
    }
    if question.options.len() < 2 {
        author.error(
            base,
            "A question needs at least two options.",
            "Write each as `- [ ] option :: feedback`.",
        );
    }
    question
}
