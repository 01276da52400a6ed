//! Explanations and plans as plain text for a terminal.

use std::io::{self, Write};

use super::explain::kind_of;
use super::one_line;
use crate::model::{ContainerId, ImageId, Item, Reference};
use crate::plan::commands::{release_line, shell_line};
use crate::plan::{Expected, Loss, NoWay, RemovalPlan, Way, plan_removal};
use crate::rules::{
    Answer, Assessment, Doubt, Effect, Freed, Holder, HolderKind, Removal, Target, Verdict, World,
};

pub(super) fn write_explanation(
    world: &World,
    target: &Target,
    removal: &Removal,
    assessment: &Assessment,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{} {}", kind_of(target), headline(world, target))?;
    writeln!(out, "{}", verdict(assessment))?;
    for (position, refusal) in assessment.refusals.iter().enumerate() {
        let lead = if position == 0 { "the engine says" } else { "and then" };
        writeln!(out, "  {lead}: {}", one_line(refusal.message()))?;
    }
    match &assessment.answer {
        Answer::Unknown(why) => writeln!(out, "  {}", one_line(why))?,
        Answer::Done(effect) => write_effect(effect, out)?,
        Answer::Refused(_) | Answer::NotFound(_) => {}
    }
    if !assessment.holders.is_empty() {
        writeln!(out, "\nWhat holds it ({})", assessment.holders.len())?;
        for holder in &assessment.holders {
            write_holder(world, holder, out)?;
        }
    }
    for way in [Way::Ordered, Way::Force] {
        writeln!(out, "\n{}", way_title(way))?;
        match plan_removal(world, std::slice::from_ref(target), way, removal.prune) {
            Ok(plan) if way == Way::Force && !plan.uses_force() => {
                writeln!(out, "  not needed: nothing here has to be forced")?;
            }
            Ok(plan) => write_steps(&plan, out)?,
            Err(no_way) => writeln!(out, "  not possible: {}", one_line(&no_way.to_string()))?,
        }
    }
    Ok(())
}

fn headline(world: &World, target: &Target) -> String {
    let image = |id| world.find_image(id).and_then(|ix| Some((ix, world.image(ix)?)));
    match target {
        Target::Image(id) => match image(id) {
            Some((ix, image)) => {
                let size = image.size.map_or_else(|| "size unknown".to_owned(), |s| s.to_string());
                let names = match world.references(ix).len() {
                    0 => "no name".to_owned(),
                    1 => "1 name".to_owned(),
                    more => format!("{more} names"),
                };
                format!("{}, {names}, {size}", id.short())
            }
            None => id.short().to_owned(),
        },
        Target::Reference(id, name) => format!("{name} -> image {}", id.short()),
        Target::Container(id) => match world.find_container(id).and_then(|ix| world.container(ix)) {
            Some((container, state)) => {
                let (name, image) = (one_line(&container.name), container.image.short());
                format!("{name}, {}, from image {image}", state.word())
            }
            None => id.short().to_owned(),
        },
    }
}

fn verdict(assessment: &Assessment) -> &'static str {
    match assessment.verdict {
        Verdict::Removable => "Can go now",
        Verdict::Refused if assessment.refusals.iter().all(|r| r.forceable) => {
            "Refused as it stands; force would override"
        }
        Verdict::Refused => "Refused as it stands; force does not help",
        Verdict::OnlyName => "Only a name: the image stays",
        Verdict::LastName => "Last name: the image goes with it",
        Verdict::LastNameImageStays => "Last name: the image stays without one",
        Verdict::Unknown => "Unknown: the listing does not allow to tell",
    }
}

fn write_effect(effect: &Effect, out: &mut dyn Write) -> io::Result<()> {
    for item in &effect.items {
        match item {
            Item::Untagged(name) => writeln!(out, "  Untagged: {}", one_line(name))?,
            Item::Deleted(id) => writeln!(out, "  Deleted: {}", one_line(id))?,
        }
    }
    for layer in &effect.kept {
        let bytes = layer.bytes.map_or_else(|| "size unknown".to_owned(), |b| b.to_string());
        let needed = layer.needed_by.len() + layer.more as usize;
        writeln!(out, "  kept: layer {}, {bytes}, {} need it", layer.diff_id.short(), needed)?;
    }
    writeln!(out, "  {}", freed(effect.freed))
}

fn freed(freed: Freed) -> String {
    let bytes = freed.at_least();
    let text = match freed.doubt() {
        None => format!("frees {bytes} ({} bytes)", bytes.0),
        Some(doubt) if bytes.0 == 0 => format!("how much it frees is not known: {}", because(doubt)),
        Some(doubt) => format!("frees at least {bytes} ({} bytes): {}", bytes.0, because(doubt)),
    };
    match (freed.unpacked.exact(), freed.content.exact()) {
        (Some(unpacked), Some(content)) if content.0 > 0 => {
            format!("{text}, {unpacked} of it unpacked layers and {content} compressed content")
        }
        _ => text,
    }
}

fn because(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::LayersNotRead => "the layers of some image could not be read",
        Doubt::ContainerWithoutImage => "a container holds layers of an image that is no longer listed",
        Doubt::BuildCache => "the build cache may hold some of its layers",
        Doubt::LayerSizes => "the engine does not tell the sizes of single layers",
        Doubt::WritableLayer => "what a container wrote is not listed",
        Doubt::SharedContent => "the engine does not say how much compressed content is shared",
        Doubt::OtherPlatforms => {
            "images of several platforms are present, and the engine lists the layers of one"
        }
        Doubt::LayerKeeper => "the engine does not say which of the images with the same layers keeps them",
    }
}

fn write_holder(world: &World, holder: &Holder, out: &mut dyn Write) -> io::Result<()> {
    let (kind, name) = match &holder.kind {
        HolderKind::Name(name) if name.tag().is_some() => ("tag", name.familiar()),
        HolderKind::Name(name) | HolderKind::ComputedDigest(name) => ("digest", name.familiar()),
        HolderKind::Container { name, state, .. } => ("container", format!("{name} ({})", state.word())),
        HolderKind::Mount { name, state, .. } => ("mount", format!("{name} ({})", state.word())),
        HolderKind::ChildImage(id) => {
            let name = world.find_image(id).and_then(|ix| world.references(ix).first());
            ("child", name.map_or_else(|| id.short().to_owned(), Reference::familiar))
        }
    };
    let blocks = match (holder.blocks, holder.force_overrides) {
        (false, _) => "does not block",
        (true, true) => "blocks, force overrides",
        (true, false) => "blocks, never by force",
    };
    writeln!(out, "  {kind:<9} {}  [{blocks}]  {}", one_line(&name), one_line(&release_line(holder)))
}

fn way_title(way: Way) -> &'static str {
    match way {
        Way::Ordered => "Step by step, without force",
        Way::Force => "By force",
    }
}

/// A whole plan, or why there is none.
pub(super) fn write_plan(plan: &Result<RemovalPlan, NoWay>, way: Way, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", way_title(way))?;
    match plan {
        Ok(plan) => write_steps(plan, out),
        Err(no_way) => writeln!(out, "  not possible: {}", one_line(&no_way.to_string())),
    }
}

fn write_steps(plan: &RemovalPlan, out: &mut dyn Write) -> io::Result<()> {
    for (position, step) in plan.steps.iter().enumerate() {
        writeln!(out, "  {}. {}", position + 1, one_line(&shell_line(&step.action)))?;
        if let Expected::Lines { items, images, containers, .. } = &step.expected {
            // Podman takes these along and answers with no line for them.
            let reported =
                |id: &str| items.iter().any(|i| matches!(i, Item::Deleted(d) if id.ends_with(d.as_str())));
            let silent = images.iter().map(ImageId::as_str).filter(|id| !reported(id));
            for id in silent.chain(containers.iter().map(ContainerId::as_str)) {
                writeln!(out, "       goes too, without a line: {id}")?;
            }
            for item in items {
                match item {
                    Item::Untagged(name) => writeln!(out, "       Untagged: {}", one_line(name))?,
                    Item::Deleted(id) => writeln!(out, "       Deleted: {}", one_line(id))?,
                }
            }
        }
    }
    for loss in &plan.losses {
        match loss {
            Loss::ContainerWithoutImage { name, .. } => {
                writeln!(out, "  lost: container {} stays without its image", one_line(name))?;
            }
            Loss::ImageWithoutName { image } => {
                writeln!(out, "  lost: image {} stays without a name", image.short())?;
            }
        }
    }
    writeln!(out, "  {}", freed(plan.freed()))
}
