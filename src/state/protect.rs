//! What the person keeps: decided by hand, respected by every plan and preset.

use std::sync::Arc;

use super::removal::Dialog;
use super::{AppState, Settings};
use crate::model::ImageId;
use crate::rules::policy::{Keep, Pin, count_matching};
use crate::rules::{Policy, Protection, Target};

/// The list of all that is kept by hand, while it is open.
#[derive(Debug, Default)]
pub struct KeptList {
    /// The pattern that is being typed.
    pub pattern: String,
    /// How many names it matches at present.
    pub matches: usize,
}

impl AppState {
    pub(super) fn show_kept(&mut self) {
        if matches!(self.dialog, Dialog::None) {
            self.dialog = Dialog::Kept(KeptList::default());
        }
    }

    pub(super) fn set_pattern(&mut self, pattern: String) {
        let matches = match self.graph() {
            Some(graph) if !pattern.is_empty() => count_matching(graph, &pattern),
            Some(_) | None => 0,
        };
        if let Dialog::Kept(list) = &mut self.dialog {
            *list = KeptList { pattern, matches };
        }
    }

    /// Keeps the names that the pattern being typed matches, now and later.
    pub(super) fn keep_pattern(&mut self) {
        let Dialog::Kept(list) = &mut self.dialog else { return };
        let pattern = std::mem::take(list).pattern;
        if !pattern.trim().is_empty() {
            self.keep(Pin::Pattern(pattern.trim().to_owned()));
        }
    }

    /// What is protected of the present observation.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// Why a thing is kept; `None` if it is not.
    pub fn kept_because(&self, target: &Target) -> Option<&Keep> {
        let graph = self.graph()?;
        match target {
            Target::Image(id) => self.protection.image(graph.find_image(id)?),
            Target::Reference(id, name) => self.protection.name(graph.find_image(id)?, name),
            Target::Container(_) => None,
        }
    }

    pub(super) fn keep(&mut self, pin: Pin) {
        if self.policy_mut().pins.insert(pin) {
            self.policy_changed();
        }
    }

    /// Takes back one decision of the person.
    pub(super) fn unpin(&mut self, pin: &Pin) {
        if self.policy_mut().pins.remove(pin) {
            self.policy_changed();
        }
    }

    /// From now on neither label nor compose project protects this image.
    pub(super) fn lift(&mut self, image: ImageId) {
        if self.policy_mut().lifted.insert(image) {
            self.policy_changed();
        }
    }

    /// The label or compose project protects the image again.
    pub(super) fn restore(&mut self, image: &ImageId) {
        if self.policy_mut().lifted.remove(image) {
            self.policy_changed();
        }
    }

    /// Another window has changed what is kept: of that nothing is lost here, and what was changed here since
    /// `before` stays.
    pub(super) fn take_settings_of_others(&mut self, before: &Settings, theirs: &Settings) {
        let merged = Settings::merged(before, &self.settings, theirs);
        let changed = merged.policy != self.settings.policy;
        self.settings.policy = merged.policy;
        self.settings.registries = merged.registries;
        if changed {
            self.policy_changed();
        }
    }

    fn policy_mut(&mut self) -> &mut Policy {
        Arc::make_mut(&mut self.settings.policy)
    }

    fn policy_changed(&mut self) {
        self.protect();
        self.tree.protect(Arc::clone(&self.protection));
        self.keep_selection();
        self.keep_marks();
        self.replan_review();
    }

    /// Works out what is protected in the present observation.
    pub(super) fn protect(&mut self) {
        let observation = self.listing.observation.as_ref();
        let policy = &self.settings.policy;
        let protection =
            observation.map(|o| Protection::of(&o.graph, policy, &o.kept, &o.catalog.repositories));
        self.protection = Arc::new(protection.unwrap_or_default());
    }
}
