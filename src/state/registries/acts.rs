//! What a person does in the view of the registries, by mouse and by keys.

use super::super::{AppState, Move};
use super::{NamedRegistry, RegistriesView, RemoteOrder, RemoteRow};
use crate::message::Command;
use crate::rules::Target;

/// What a person can do about registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryAction {
    /// Names a registry, or says something else of one.
    Name(NamedRegistry),
    Forget(String),
    /// Opens or closes a registry, or one of its repositories.
    Open(String),
    OpenRepository(String, String),
    /// Asks a registry again for its repositories, or for the tags of one.
    List(String),
    ListTags(String, String),
    Filter(String),
    Order(RemoteOrder),
    /// Puts the cursor on a row; on that of a tag, its image here is selected.
    Point(RemoteRow),
    MoveCursor(Move),
    /// What a click on the row under the cursor would do; where there is only something said, asks again.
    Use,
}

impl RegistriesView {
    pub fn cursor(&self) -> Option<&RemoteRow> {
        self.cursor.as_ref()
    }

    /// Where the cursor stands among the rows; `None` also where its row is hidden at present.
    pub fn cursor_row(&self) -> Option<usize> {
        self.cursor_row
    }

    /// To be called when the cursor or the rows have changed, so that a frame need not look for it.
    pub(super) fn find_cursor(&mut self) {
        let cursor = self.cursor.as_ref();
        self.cursor_row = cursor.and_then(|cursor| self.rows.iter().position(|row| row == cursor));
    }

    /// Counts how often the cursor was moved by keys, and so is to be brought into view.
    pub fn reveals(&self) -> u64 {
        self.reveals
    }

    fn is_open(&self, row: &RemoteRow) -> bool {
        match row {
            RemoteRow::Registry(host) => self.stock(host).is_some_and(|stock| stock.open),
            RemoteRow::Repository(host, path) => {
                self.repository(host, path).is_some_and(|opened| opened.open)
            }
            RemoteRow::AboutRegistry(_) | RemoteRow::AboutRepository(..) | RemoteRow::Tag(..) => false,
        }
    }
}

impl RemoteRow {
    fn opens(&self) -> bool {
        matches!(self, Self::Registry(_) | Self::Repository(..))
    }

    fn parent(&self) -> Option<Self> {
        match self {
            Self::Registry(_) => None,
            Self::AboutRegistry(host) | Self::Repository(host, _) => Some(Self::Registry(host.clone())),
            Self::AboutRepository(host, path) | Self::Tag(host, path, _) => {
                Some(Self::Repository(host.clone(), path.clone()))
            }
        }
    }
}

impl AppState {
    pub(in crate::state) fn act_on_registries(&mut self, action: RegistryAction) -> Vec<Command> {
        match action {
            RegistryAction::Name(named) => return self.name_registry(named),
            RegistryAction::Forget(host) => self.forget_registry(&host),
            RegistryAction::Open(host) => return self.open_registry(&host),
            RegistryAction::OpenRepository(host, path) => return self.open_repository(&host, &path),
            RegistryAction::List(host) => return self.list_registry(&host),
            RegistryAction::ListTags(host, path) => return self.list_tags(&host, &path),
            RegistryAction::Filter(text) => self.registries.filter = text,
            RegistryAction::Order(order) => self.registries.order = order,
            RegistryAction::Point(row) => self.point_in_registries(row),
            RegistryAction::MoveCursor(step) => return self.move_in_registries(step),
            RegistryAction::Use => {
                return self.registries.cursor.clone().map_or_else(Vec::new, |row| self.use_remote_row(row));
            }
        }
        Vec::new()
    }

    fn point_in_registries(&mut self, row: RemoteRow) {
        if let RemoteRow::Tag(host, path, at) = &row
            && let Some((_, tag)) = self.registries.tag(host, path, *at)
            && let Ok(image) = &tag.image
            && let Some(&here) = self.registries.local_images(image).first()
        {
            let here = here.clone();
            self.select(Target::Image(here));
        }
        self.registries.cursor = Some(row);
    }

    fn use_remote_row(&mut self, row: RemoteRow) -> Vec<Command> {
        match row {
            RemoteRow::Registry(host) => self.open_registry(&host),
            RemoteRow::AboutRegistry(host) => self.list_registry(&host),
            RemoteRow::Repository(host, path) => self.open_repository(&host, &path),
            RemoteRow::AboutRepository(host, path) => self.list_tags(&host, &path),
            RemoteRow::Tag(..) => {
                self.point_in_registries(row);
                Vec::new()
            }
        }
    }

    fn move_in_registries(&mut self, step: Move) -> Vec<Command> {
        self.registries.reveals += 1;
        let last = self.registries.rows.len().saturating_sub(1);
        let here = self.registries.cursor_row();
        let to = match (step, here) {
            (Move::Last, _) => last,
            (Move::First, _) | (_, None) => 0,
            (Move::Up, Some(at)) => at.saturating_sub(1),
            (Move::Down, Some(at)) => at + 1,
            (Move::PageUp(rows), Some(at)) => at.saturating_sub(rows),
            (Move::PageDown(rows), Some(at)) => at + rows,
            (Move::Left | Move::Right, Some(at)) => {
                let Some(row) = self.registries.rows.get(at).cloned() else { return Vec::new() };
                let open = self.registries.is_open(&row);
                let opening = step == Move::Right;
                if row.opens() && open != opening {
                    return self.use_remote_row(row);
                }
                if opening {
                    if open { at + 1 } else { at }
                } else {
                    let above = row.parent();
                    above
                        .and_then(|above| self.registries.rows.iter().position(|r| *r == above))
                        .unwrap_or(at)
                }
            }
        };
        if let Some(row) = self.registries.rows.get(to.min(last)).cloned() {
            self.point_in_registries(row);
        }
        Vec::new()
    }
}
