//! What a list needs to know of a run, worked out once where it is read.

use super::entry::Task;
use super::run::Run;
use super::undo::{UndoAction, can_be_undone};
use crate::plan::StepAction;

/// Worked out from the rest of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// What can be looked for, in lower case: of the run, and of each step.
    pub run: String,
    pub steps: Vec<String>,
    /// Whether something of it may come back, by what is written.
    pub can_be_undone: bool,
    /// What its first step is about.
    pub subject: String,
}

impl Run {
    /// The same with its outline.
    #[must_use]
    pub fn outlined(mut self) -> Self {
        let mut steps = Vec::with_capacity(self.steps.len());
        let mut subject = String::new();
        for (at, record) in self.steps.iter().enumerate() {
            let mut words = match &self.task {
                Task::Removal(plan) => plan.steps.get(at).map(|step| named(&step.action)).unwrap_or_default(),
                Task::Undo(plan) => plan.steps.get(at).map(|step| brought(&step.action)).unwrap_or_default(),
            };
            if let (true, Some(first)) = (subject.is_empty(), words.first()) {
                subject.clone_from(first);
            }
            for image in record.sent.iter().flat_map(|sent| &sent.taken.images) {
                words.push(image.id.to_string());
                words.extend(image.names.iter().map(crate::model::Reference::full));
            }
            words.dedup();
            steps.push(words.join(" ").to_lowercase());
        }
        let run = format!("{} {} {}", self.host, self.engine.name, self.engine.version).to_lowercase();
        self.outline = Outline { run, steps, can_be_undone: can_be_undone(&self, None), subject };
        self
    }
}

fn named(action: &StepAction) -> Vec<String> {
    match action {
        StepAction::StopContainer { id, name } | StepAction::RemoveContainer { id, name, .. } => {
            vec![name.clone(), id.to_string()]
        }
        StepAction::Untag { reference, image, .. } => vec![reference.familiar(), image.to_string()],
        StepAction::RemoveImage { image, .. } => vec![image.short().to_owned(), image.to_string()],
    }
}

fn brought(action: &UndoAction) -> Vec<String> {
    match action {
        UndoAction::Tag { image, reference } => vec![reference.familiar(), image.to_string()],
        UndoAction::Restore { archive, image } => vec![image.to_string(), archive.to_string()],
        UndoAction::Start { id, name } => vec![name.clone(), id.to_string()],
        UndoAction::Pull { digests, image, .. } => {
            let names = digests.iter().map(crate::model::Reference::familiar);
            names.chain([image.to_string()]).collect()
        }
    }
}
