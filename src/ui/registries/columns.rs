//! The columns of the registries.

use egui::{Rect, pos2, vec2};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Digest,
    Access,
    Size,
    Created,
    Here,
}

impl Kind {
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "column.name",
            Self::Digest => "registries.column.digest",
            Self::Access => "registries.column.access",
            Self::Size => "registries.column.size",
            Self::Created => "registries.column.created",
            Self::Here => "registries.column.here",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Size | Self::Created)
    }

    fn width(self) -> f32 {
        match self {
            Self::Name => 0.0,
            Self::Digest => 104.0,
            Self::Access => 92.0,
            Self::Size => 76.0,
            Self::Created => 64.0,
            Self::Here => 148.0,
        }
    }
}

/// A column, by its distance from the left.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub kind: Kind,
    left: f32,
    width: f32,
}

impl Column {
    pub fn within(&self, row: Rect) -> Rect {
        Rect::from_min_size(pos2(row.left() + self.left, row.top()), vec2(self.width, row.height()))
    }
}

/// Where the columns stand; those that there is no room for are left out, the least needed first.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

impl Columns {
    pub fn for_width(width: f32) -> Self {
        const NAME_AT_LEAST: f32 = 200.0;
        const MARGIN: f32 = 12.0;
        let mut kinds = vec![Kind::Digest, Kind::Access, Kind::Size, Kind::Created, Kind::Here];
        let taken = |kinds: &[Kind]| kinds.iter().map(|kind| kind.width() + MARGIN).sum::<f32>();
        for spare in [Kind::Created, Kind::Digest, Kind::Access] {
            if width - taken(&kinds) - 2.0 * MARGIN < NAME_AT_LEAST {
                kinds.retain(|kind| *kind != spare);
            }
        }
        let name = (width - taken(&kinds) - 2.0 * MARGIN).max(80.0);
        let mut columns = vec![Column { kind: Kind::Name, left: MARGIN, width: name }];
        let mut left = MARGIN + name + MARGIN;
        for kind in kinds {
            columns.push(Column { kind, left, width: kind.width() });
            left += kind.width() + MARGIN;
        }
        Self(columns)
    }

    pub fn all(&self) -> &[Column] {
        &self.0
    }

    pub fn find(&self, kind: Kind, row: Rect) -> Option<Rect> {
        self.0.iter().find(|column| column.kind == kind).map(|column| column.within(row))
    }
}
