//! Everything the details column says of the selection: worked out once per selection and observation.

use std::sync::Arc;

use crate::model::{ContainerIx, Graph, ImageIx, Reference};
pub use crate::plan::KeptLayers;
use crate::plan::{NoWay, RemovalPlan, Way, kept_layers, plan_removal};
use crate::rules::{Assessment, HolderKind, Removal, Target, World, assess};

/// What was selected, as rows of the observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Image(ImageIx),
    /// A name, and the image it points at.
    Name(ImageIx, Reference),
    /// A container, and its image unless that is not listed any more.
    Container(ContainerIx, Option<ImageIx>),
}

impl Subject {
    pub fn image(&self) -> Option<ImageIx> {
        match self {
            Self::Image(ix) | Self::Name(ix, _) => Some(*ix),
            Self::Container(_, image) => *image,
        }
    }
}

#[derive(Debug)]
pub struct Details {
    pub target: Target,
    pub subject: Subject,
    /// The plain request, exactly as sent.
    pub plain: Assessment,
    /// Holders in the order they are shown; positions in `plain.holders`.
    pub groups: Vec<HolderGroup>,
    pub ordered: Result<Arc<RemovalPlan>, NoWay>,
    /// `None` where force would change nothing.
    pub forced: Option<Result<Arc<RemovalPlan>, NoWay>>,
    /// Layers that the ordered way leaves behind, with what needs them.
    pub kept: Vec<KeptLayers>,
}

/// Holders of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderGroup {
    pub kind: GroupKind,
    pub members: Vec<usize>,
}

/// In the order shown: what force may not override comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    Containers,
    Mounts,
    Children,
    /// Tags and digest references in this registry.
    Names(String),
    Computed,
}

impl Details {
    /// `None` if the target is not there.
    pub fn of(world: &World, target: &Target) -> Option<Self> {
        let subject = subject(world.graph(), target)?;
        let plain = assess(world, target, &Removal::of(target.as_sent_to(world.engine().store)));
        let by = |way| plan_removal(world, std::slice::from_ref(target), way, true);
        let (ordered, forced) = (by(Way::Ordered), by(Way::Force));
        let same = match (&ordered, &forced) {
            (Ok(ordered), Ok(forced)) => ordered.steps == forced.steps,
            (Err(ordered), Err(forced)) => ordered == forced,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        let kept = ordered.as_ref().map(kept_layers).unwrap_or_default();
        let groups = group(&plain);
        Some(Self {
            target: target.clone(),
            subject,
            plain,
            groups,
            ordered: ordered.map(Arc::new),
            forced: (!same).then(|| forced.map(Arc::new)),
            kept,
        })
    }
}

fn subject(graph: &Graph, target: &Target) -> Option<Subject> {
    Some(match target {
        Target::Image(id) => Subject::Image(graph.find_image(id)?),
        Target::Reference(id, name) => Subject::Name(graph.find_image(id)?, name.clone()),
        Target::Container(id) => {
            let ix = graph.find_container(id)?;
            Subject::Container(ix, graph.find_image(&graph.container(ix)?.image))
        }
    })
}

fn group(assessment: &Assessment) -> Vec<HolderGroup> {
    let mut groups: Vec<HolderGroup> = Vec::new();
    for (position, holder) in assessment.holders.iter().enumerate() {
        let kind = match &holder.kind {
            HolderKind::Name(name) => GroupKind::Names(name.repository().registry().to_owned()),
            HolderKind::ComputedDigest(_) => GroupKind::Computed,
            HolderKind::Container { .. } => GroupKind::Containers,
            HolderKind::Mount { .. } => GroupKind::Mounts,
            HolderKind::ChildImage(_) => GroupKind::Children,
        };
        match groups.iter_mut().find(|g| g.kind == kind) {
            Some(group) => group.members.push(position),
            None => groups.push(HolderGroup { kind, members: vec![position] }),
        }
    }
    groups.sort_by(|a, b| a.kind.cmp(&b.kind));
    groups
}
