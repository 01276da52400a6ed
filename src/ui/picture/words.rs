//! What a node of the picture says, with the sign in front of it.

use crate::model::Graph;
use crate::picture::{Kind, Node};
use crate::rules::Verdict;
use crate::state::AppState;
use crate::ui::icons;
use crate::words::picture::{self, Caption, Reader};

/// A node in words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub icon: &'static str,
    pub caption: Caption,
}

impl std::ops::Deref for Words {
    type Target = Caption;
    fn deref(&self) -> &Caption {
        &self.caption
    }
}

pub fn describe(state: &AppState, graph: &Graph, node: &Node) -> Words {
    let verdict = |ix| state.summary(ix).map_or(Verdict::Unknown, |s| s.verdict);
    let reader = Reader { verdict: &verdict, can_click: true };
    Words { icon: icon(&node.kind), caption: picture::describe(reader, graph, node) }
}

fn icon(kind: &Kind) -> &'static str {
    match kind {
        Kind::Registry(_) | Kind::Layer { .. } => "",
        Kind::Name { name, .. } if name.is_digest_only() => icons::DIGEST,
        Kind::Name { .. } | Kind::Names { .. } => icons::TAG,
        Kind::Image(_) | Kind::Other(_) | Kind::Images { .. } | Kind::Others { .. } => icons::IMAGE,
        Kind::Container { mount: true, .. } => icons::MOUNT,
        Kind::Container { mount: false, .. } | Kind::Holders { .. } => icons::CONTAINER,
        Kind::Child { .. } => icons::CHILD,
        Kind::Layers { .. } => icons::LAYERS,
    }
}
