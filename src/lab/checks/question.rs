//! `on = "quiz"` and `on = "prediction"`: what the learner answered.

use super::{Finding, Scene};
use crate::lab::format::{Quiz, prose};
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fields;
use crate::protocol::CheckReport;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    question: String,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>, on: &str) -> Self {
        let question = fields.required("question");
        let prefix = if on == "quiz" { "quiz-" } else { "predict-" };
        if !question.value.is_empty() && !question.value.starts_with(prefix) {
            let hint = suggest(&question.value, &[&format!("{prefix}1")]);
            fields.fault(
                question.offset,
                format!("`{}` is no question of this kind.", question.value),
                hint,
            );
        }
        Self {
            question: question.value,
        }
    }

    pub(super) fn question(&self) -> &str {
        &self.question
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        match scene.task.quizzes().find(|quiz| quiz.id == self.question) {
            Some(quiz) => of_quiz(quiz, scene),
            // A prediction is recorded, never failed.
            None => Finding {
                passed: scene.record.answer(&self.question).is_some(),
                nothing: true,
                ..Finding::default()
            },
        }
    }
}

fn of_quiz(quiz: &Quiz, scene: &Scene<'_>) -> Finding {
    let Some(choice) = scene.record.answer(&quiz.id) else {
        return Finding::nothing();
    };
    if quiz.is_right(choice) {
        return Finding {
            passed: true,
            ..Finding::default()
        };
    }
    let mut said: Vec<String> = choice
        .iter()
        .filter_map(|at| quiz.options.get(*at))
        .filter(|option| !option.right)
        .map(|option| prose::plain(&option.feedback))
        .collect();
    if said.is_empty() {
        said.push("What you chose is right, and it is not all that is.".to_owned());
    }
    Finding {
        say: Some(said.join(" ")),
        ..Finding::default()
    }
}

/// The report of a quiz no check speaks of.
pub(super) fn report(quiz: &Quiz, scene: &Scene<'_>) -> CheckReport {
    let finding = of_quiz(quiz, scene);
    let message = match finding.say {
        Some(said) => said,
        None if finding.passed => String::new(),
        None => "This question is not answered yet.".to_owned(),
    };
    CheckReport {
        id: quiz.id.clone(),
        title: prose::plain(&quiz.question),
        passed: finding.passed,
        points: 1,
        message,
        diff: None,
    }
}
