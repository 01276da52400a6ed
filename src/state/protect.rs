//! What the person keeps: decided by hand, respected by every plan and preset.

use std::sync::Arc;

use super::AppState;
use crate::model::ImageId;
use crate::rules::policy::{Keep, Pin};
use crate::rules::{Policy, Protection, Target};

impl AppState {
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
        let protection = self.graph().map(|graph| Protection::new(graph, &self.settings.policy));
        self.protection = Arc::new(protection.unwrap_or_default());
    }
}
