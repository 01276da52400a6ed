//! The picture for others: the same scene, in the words and colours on screen.

use super::words::Words;
use crate::picture::Picture;
use crate::report::svg::{Inks, Sheet, write};
use crate::ui::text::tr;
use crate::ui::theme::Palette;
use crate::words::picture::Caption;

/// The whole picture as an SVG document.
pub fn svg(picture: &Picture, words: &[Words], colors: &Palette) -> String {
    let captions: Vec<Caption> = words.iter().map(|words| words.caption.clone()).collect();
    let heads = [
        tr!("picture.column.names"),
        tr!("picture.column.images"),
        tr!("picture.column.layers"),
        tr!("picture.column.others"),
    ];
    let rgb = |color: egui::Color32| [color.r(), color.g(), color.b()];
    let inks = Inks::of_rgb(
        [
            colors.ground,
            colors.surface,
            colors.line,
            colors.text,
            colors.muted,
            colors.accent,
            colors.warn,
            colors.danger,
        ]
        .map(rgb),
    );
    let title = tr!("picture.name");
    let sheet = Sheet {
        picture,
        captions: &captions,
        heads: heads.each_ref().map(AsRef::as_ref),
        title: &title,
        inks: &inks,
    };
    let mut document = Vec::new();
    // Memory takes everything.
    write(&sheet, &mut document).unwrap_or_default();
    String::from_utf8(document).unwrap_or_default()
}
