//! The line of a tag: what it leads to, and whether that is here.

use egui::{Align2, Response, Ui, pos2};

use super::columns::{Columns, Kind};
use super::row::{Spot, words_at};
use crate::model::{ImageId, RemoteImage, RemoteTag};
use crate::ui::text::{self, tr};
use crate::ui::theme;
use crate::ui::tree::image_name;
use crate::ui::widgets;
use crate::ui::{Scene, icons};
use crate::words::remote::remote_failure;

/// `None` where there is no such tag any more.
pub fn show(
    ui: &Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    spot: Spot<'_>,
    (host, path, at): (&str, &str, usize),
) -> Option<Response> {
    let colors = scene.colors;
    let rect = spot.rect;
    let (_, tag) = scene.state.registries.tag(host, path, at)?;
    let local =
        tag.image.as_ref().map(|image| scene.state.registries.local_images(image)).unwrap_or_default();
    let response = spot.interact(ui, scene, &sentence(scene, tag, local.len()));
    let left = rect.left() + 12.0 + 3.0 * 20.0;
    widgets::paint_icon(ui, pos2(left + 8.0, rect.center().y), icons::TAG, 15.0, colors.muted);
    let right = columns.find(Kind::Name, rect).map_or(rect.right(), |name| name.right());
    let end = words_at(ui, left + 22.0, right, rect, &tag.name, theme::body(), colors.text, None);
    let image = match &tag.image {
        Ok(image) => image,
        Err(failure) => {
            let words = remote_failure(failure);
            let right = rect.right() - 12.0;
            words_at(ui, end + 12.0, right, rect, &words, theme::small(), colors.warn, Some(&response));
            return Some(response);
        }
    };
    let put = |kind: Kind, words: &str, font: egui::FontId, ink: egui::Color32| {
        if let Some(spot) = columns.find(kind, rect) {
            let (at, align) = if kind.is_number() {
                (spot.right_center(), Align2::RIGHT_CENTER)
            } else {
                (spot.left_center(), Align2::LEFT_CENTER)
            };
            ui.painter().with_clip_rect(spot).text(at, align, words, font, ink);
        }
    };
    put(Kind::Digest, image.digest.short(), theme::mono(), colors.muted);
    let size = image.size.map_or_else(|| "–".to_owned(), |size| size.to_string());
    put(Kind::Size, &size, theme::body(), colors.text);
    let created = image.created.map_or_else(|| "–".to_owned(), |at| text::age(scene.now, at));
    put(Kind::Created, &created, theme::body(), colors.muted);
    if let Some(id) = local.first() {
        let words = match local.len() {
            1 => id.short().to_owned(),
            several => tr!("registries.here.more", id = id.short(), n = several - 1),
        };
        put(Kind::Here, &words, theme::mono(), colors.accent);
    }
    Some(response.on_hover_text(hover(scene, host, path, tag, image, &local)))
}

/// The row in words.
fn sentence(scene: &Scene<'_>, tag: &RemoteTag, here: usize) -> String {
    let image = match &tag.image {
        Ok(image) => image,
        Err(failure) => return format!("{}{}{}", tag.name, tr!("list.comma"), remote_failure(failure)),
    };
    let parts = [
        Some(tag.name.clone()),
        Some(image.digest.short().to_owned()),
        image.size.map(|size| size.to_string()),
        image.created.map(|at| text::age(scene.now, at)),
        Some(if here > 0 { tr!("registries.is_here") } else { tr!("registries.is_not_here") }.into_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&tr!("list.comma"))
}

fn hover(
    scene: &Scene<'_>,
    host: &str,
    path: &str,
    tag: &RemoteTag,
    image: &RemoteImage,
    local: &[&ImageId],
) -> String {
    let mut lines = vec![format!("{host}/{path}:{}", tag.name), image.digest.to_string()];
    if let Some(size) = image.size {
        lines.push(if image.platforms.is_empty() {
            tr!("registries.compressed", bytes = size)
        } else {
            tr!("registries.compressed_all", bytes = size, platforms = image.platforms.join(", "))
        });
    }
    lines.extend(image.created.map(text::moment));
    let graph = scene.state.graph();
    for id in local {
        let found = graph.and_then(|graph| Some((graph, graph.image(graph.find_image(id)?)?)));
        let name = found.map(|(graph, image)| image_name(graph, image)).unwrap_or_default();
        lines.push(tr!("registries.here_is", image = format!("{} {name}", id.short())));
    }
    lines.join("\n")
}
