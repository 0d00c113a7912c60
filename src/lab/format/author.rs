//! The author's file while it is read: where things stand, and what was wrong so far.

use crate::lab::problem::LabProblem;
use crate::lab::toml_text::Fault;

/// More problems than this help nobody.
const MAX_PROBLEMS: usize = 100;

/// A file being read.
pub struct Author<'a> {
    file: &'a str,
    text: &'a str,
    /// Byte offsets at which lines begin.
    starts: Vec<usize>,
    /// What must be changed before the lab can be shown.
    pub errors: Vec<LabProblem>,
    /// What is shown otherwise than the author may expect.
    pub warnings: Vec<LabProblem>,
}

impl<'a> Author<'a> {
    /// Begins to read a file.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            file,
            text,
            starts,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Line (from 1) and column (in characters, from 1) of a byte offset.
    pub fn place(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let index = self.starts.partition_point(|start| *start <= offset).max(1) - 1;
        let column = self
            .text
            .get(self.starts[index]..offset)
            .map_or(1, |before| before.chars().count() + 1);
        (index as u32 + 1, column as u32)
    }

    /// Line (from 1) of a byte offset.
    pub fn line(&self, offset: usize) -> u32 {
        self.place(offset).0
    }

    fn problem(
        &self,
        offset: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> LabProblem {
        let (line, column) = self.place(offset);
        LabProblem {
            file: self.file.to_owned(),
            line,
            column,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Records what must be changed.
    pub fn error(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        if self.errors.len() < MAX_PROBLEMS {
            self.errors.push(self.problem(offset, message, hint));
        }
    }

    /// Records what is shown otherwise than expected.
    pub fn warn(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        if self.warnings.len() < MAX_PROBLEMS {
            self.warnings.push(self.problem(offset, message, hint));
        }
    }

    /// Records faults of a TOML text that begins at byte `base`.
    pub fn faults(&mut self, base: usize, faults: Vec<Fault>) {
        for fault in faults {
            self.error(base + fault.offset, fault.message, fault.hint);
        }
    }
}
