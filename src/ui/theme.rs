//! Every colour, size and font of the window. Nothing else may name a colour by its numbers; the test
//! below holds each pair that text can meet to a contrast of 4.5:1.

use std::sync::Arc;

use egui::epaint::Shadow;
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Theme,
};

use crate::state::ThemeChoice;

/// The grid: every distance is a multiple of it.
pub const GRID: f32 = 4.0;
pub const RADIUS: u8 = 6;

pub const SMALL: f32 = 11.5;
pub const BODY: f32 = 13.0;
pub const LEAD: f32 = 15.0;
pub const TITLE: f32 = 18.0;
pub const MONO: f32 = 12.0;

const SEMIBOLD: &str = "semibold";
const INTER: &str = "inter";
const INTER_SEMIBOLD: &str = "inter-semibold";
const CHINESE: &str = "noto-sans-sc";

/// The colours of one theme, by what they mean.
#[derive(Debug)]
pub struct Palette {
    /// Around the panels.
    pub ground: Color32,
    /// Under text.
    pub surface: Color32,
    /// Cards, code and fields.
    pub raised: Color32,
    pub hover: Color32,
    pub line: Color32,
    pub text: Color32,
    pub muted: Color32,
    pub accent: Color32,
    pub accent_soft: Color32,
    pub on_accent: Color32,
    /// Held back, or in doubt.
    pub warn: Color32,
    pub warn_soft: Color32,
    /// Lost, failed, or about to be.
    pub danger: Color32,
    pub danger_soft: Color32,
    pub on_danger: Color32,
    /// Can go, or has gone as planned.
    pub safe: Color32,
    pub safe_soft: Color32,
    /// Behind letters that a filter matched.
    pub mark: Color32,
    /// Tiles of the map: strong enough to tell apart at a glance, and still under text.
    pub safe_tile: Color32,
    pub warn_tile: Color32,
    pub muted_tile: Color32,
    pub accent_tile: Color32,
    /// One for each engine, so that two windows are told apart at a glance; never the only sign.
    pub hues: [Color32; 6],
}

#[expect(clippy::disallowed_methods, reason = "this is the file that the rule sends colours to")]
const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

pub const LIGHT: Palette = Palette {
    ground: rgb(0xF1_F4F8),
    surface: rgb(0xFF_FFFF),
    raised: rgb(0xF6_F8FB),
    hover: rgb(0xEE_F2F7),
    line: rgb(0xDD_E3EB),
    text: rgb(0x17_1F2A),
    muted: rgb(0x52_5E70),
    accent: rgb(0x0A_5C9E),
    accent_soft: rgb(0xDB_EAF8),
    on_accent: rgb(0xFF_FFFF),
    warn: rgb(0x85_4E00),
    warn_soft: rgb(0xFD_F2DD),
    danger: rgb(0xB0_2318),
    danger_soft: rgb(0xFD_ECE9),
    on_danger: rgb(0xFF_FFFF),
    safe: rgb(0x16_6537),
    safe_soft: rgb(0xE3_F4EA),
    mark: rgb(0xFF_E69A),
    safe_tile: rgb(0xC4_E7CF),
    warn_tile: rgb(0xF9_E0AE),
    muted_tile: rgb(0xDC_E2EA),
    accent_tile: rgb(0xC6_E0F6),
    hues: [rgb(0x1F_6FEB), rgb(0x8A_3FBF), rgb(0xB8_4A0E), rgb(0x0B_7A75), rgb(0xB0_2A6B), rgb(0x5B_6B1A)],
};

pub const DARK: Palette = Palette {
    ground: rgb(0x10_1419),
    surface: rgb(0x16_1B21),
    raised: rgb(0x1D_242C),
    hover: rgb(0x22_2A33),
    line: rgb(0x2C_3540),
    text: rgb(0xE5_EAF0),
    muted: rgb(0x9C_A9B8),
    accent: rgb(0x6D_B8F7),
    accent_soft: rgb(0x1B_344C),
    on_accent: rgb(0x0B_1824),
    warn: rgb(0xE9_B35E),
    warn_soft: rgb(0x33_2A1A),
    danger: rgb(0xF6_938A),
    danger_soft: rgb(0x3B_2121),
    on_danger: rgb(0x24_0C0A),
    safe: rgb(0x77_CC97),
    safe_soft: rgb(0x1A_3025),
    mark: rgb(0x49_3A0C),
    safe_tile: rgb(0x1C_4530),
    warn_tile: rgb(0x4C_3A18),
    muted_tile: rgb(0x2E_3742),
    accent_tile: rgb(0x1A_3E60),
    hues: [rgb(0x5A_A2FF), rgb(0xC2_8BF0), rgb(0xF0_9A5C), rgb(0x45_C7BF), rgb(0xF0_82B6), rgb(0xB4_C45C)],
};

/// The colours of the theme in use.
pub fn palette(ctx: &egui::Context) -> &'static Palette {
    match ctx.theme() {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// The colour of an engine, always the same for the same name of it.
pub fn hue(palette: &Palette, engine: &str) -> Color32 {
    // FNV-1a: the standard library's hash is another one with each release.
    let hash = engine.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let [first, ..] = palette.hues;
    let at = usize::try_from(hash % palette.hues.len() as u64).unwrap_or_default();
    palette.hues.get(at).copied().unwrap_or(first)
}

pub fn body() -> FontId {
    FontId::proportional(BODY)
}

pub fn small() -> FontId {
    FontId::proportional(SMALL)
}

pub fn mono() -> FontId {
    FontId::monospace(MONO)
}

pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(SEMIBOLD.into()))
}

pub fn icons(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(egui_material_icons::FONT_FAMILY.into()))
}

/// Sets fonts and both themes; once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.all_styles_mut(metrics);
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| colours(&mut style.visuals, palette));
    }
}

/// Follows the person's choice, or the system.
pub fn choose(ctx: &egui::Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}

/// Lets things move, or not; without motion everything is at once where it goes to.
pub fn move_things(ctx: &egui::Context, reduced: bool) {
    ctx.all_styles_mut(|style| {
        // Cause and effect, no show.
        style.animation_time = if reduced { 0.0 } else { 0.1 };
        style.scroll_animation = if reduced {
            egui::style::ScrollAnimation::none()
        } else {
            egui::style::ScrollAnimation::duration(0.1)
        };
    });
}

/// Whether Chinese characters beyond the common ones, which are shipped, can be drawn: by a font of the system.
pub fn draws_rare_characters(ctx: &egui::Context) -> bool {
    // In every Chinese font of some size, and not in GB 2312.
    const RARE: char = '\u{9555}';
    ctx.fonts_mut(|fonts| fonts.has_glyph(&body(), RARE))
}

/// Inter, with Chinese and icons behind it, and egui's own fonts for anything else.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mut add = |name: &str, bytes: &'static [u8]| {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    };
    add(INTER, include_bytes!("../../assets/fonts/Inter-Regular.subset.otf"));
    add(INTER_SEMIBOLD, include_bytes!("../../assets/fonts/Inter-SemiBold.subset.otf"));
    add(CHINESE, include_bytes!("../../assets/fonts/NotoSansSC-Regular.subset.otf"));
    let icons = egui_material_icons::font_insert();
    fonts.font_data.insert(icons.name.clone(), Arc::new(icons.data));
    let shipped = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &[&str]| -> Vec<String> {
        first.iter().map(|f| (*f).to_owned()).chain(shipped.iter().cloned()).collect()
    };
    let semibold = FontFamily::Name(SEMIBOLD.into());
    fonts.families.insert(FontFamily::Proportional, family(&[INTER, CHINESE]));
    fonts.families.insert(semibold, family(&[INTER_SEMIBOLD, INTER, CHINESE]));
    fonts.families.entry(FontFamily::Monospace).or_default().push(CHINESE.to_owned());
    let icon_family = FontFamily::Name(egui_material_icons::FONT_FAMILY.into());
    fonts.families.insert(icon_family, vec![icons.name]);
    fonts
}

fn metrics(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Small, small()),
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Heading, strong(TITLE)),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(2.0 * GRID, 2.0 * GRID);
    spacing.button_padding = egui::vec2(3.0 * GRID, 1.5 * GRID);
    spacing.interact_size = egui::vec2(7.0 * GRID, 7.0 * GRID);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(8);
    spacing.tooltip_width = 480.0;
    spacing.scroll = egui::style::ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        bar_outer_margin: 2.0,
        ..egui::style::ScrollStyle::floating()
    };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
}

fn colours(visuals: &mut egui::Visuals, p: &Palette) {
    let radius = CornerRadius::same(RADIUS);
    visuals.panel_fill = p.surface;
    visuals.window_fill = p.surface;
    visuals.window_stroke = Stroke::new(1.0, p.line);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.window_shadow =
        Shadow { offset: [0, 12], blur: 40, spread: 0, color: Color32::from_black_alpha(70) };
    visuals.popup_shadow =
        Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(45) };
    visuals.extreme_bg_color = p.raised;
    visuals.text_edit_bg_color = Some(p.raised);
    visuals.faint_bg_color = p.raised;
    visuals.code_bg_color = p.raised;
    visuals.weak_text_color = Some(p.muted);
    visuals.hyperlink_color = p.accent;
    visuals.warn_fg_color = p.warn;
    visuals.error_fg_color = p.danger;
    visuals.selection.bg_fill = p.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, p.accent);
    let widgets = &mut visuals.widgets;
    for (widget, fill, edge) in [
        (&mut widgets.noninteractive, p.surface, p.line),
        (&mut widgets.inactive, p.raised, p.line),
        (&mut widgets.hovered, p.hover, p.muted),
        (&mut widgets.active, p.hover, p.accent),
        (&mut widgets.open, p.hover, p.line),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, edge);
        widget.fg_stroke = Stroke::new(1.0, p.text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2: relative luminance.
    fn luminance(color: Color32) -> f64 {
        let part = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// What has no words of its own: rings, bars and signs. WCAG 2 asks for 3:1.
    #[test]
    fn focus_and_signs_stand_out_from_everything_they_can_stand_on() {
        for (theme, p) in [("light", &LIGHT), ("dark", &DARK)] {
            let tiles = [p.safe_tile, p.warn_tile, p.muted_tile, p.accent_tile];
            let softs = [p.warn_soft, p.danger_soft, p.safe_soft, p.accent_soft];
            for ground in [p.ground, p.surface, p.raised, p.hover].into_iter().chain(tiles).chain(softs) {
                let found = contrast(p.accent, ground);
                assert!(found >= 3.0, "{theme}: the ring of the focus on {ground:?} has only {found:.2}");
            }
            for sign in [p.safe, p.warn, p.danger, p.muted].into_iter().chain(p.hues) {
                for ground in [p.ground, p.surface, p.accent_soft, p.hover] {
                    let found = contrast(sign, ground);
                    assert!(found >= 3.0, "{theme}: {sign:?} on {ground:?} has only {found:.2}");
                }
            }
        }
    }

    #[test]
    fn text_stands_out_from_everything_it_can_stand_on() {
        for (theme, p) in [("light", &LIGHT), ("dark", &DARK)] {
            let grounds = [p.ground, p.surface, p.raised, p.hover, p.accent_soft];
            let inks = [p.text, p.muted, p.accent, p.warn, p.danger, p.safe];
            let mut pairs: Vec<_> =
                inks.iter().flat_map(|ink| grounds.iter().map(move |ground| (*ink, *ground))).collect();
            pairs.extend([
                (p.on_accent, p.accent),
                (p.on_danger, p.danger),
                (p.text, p.mark),
                (p.muted, p.mark),
            ]);
            for soft in [p.warn_soft, p.danger_soft, p.safe_soft] {
                pairs.extend([(p.text, soft), (p.muted, soft), (p.accent, soft)]);
                // The engine's words, where a step failed.
                pairs.push((p.danger, soft));
            }
            // A button under the pointer, and what a filter found in a row that is met.
            let lit = |color: Color32| color.lerp_to_gamma(p.text, 0.12);
            pairs.extend([(p.on_accent, lit(p.accent)), (p.on_danger, lit(p.danger))]);
            pairs.extend([(p.warn, p.warn_soft), (p.danger, p.danger_soft), (p.safe, p.safe_soft)]);
            for (ink, tile) in [
                (p.safe, p.safe_tile),
                (p.warn, p.warn_tile),
                (p.muted, p.muted_tile),
                (p.accent, p.accent_tile),
            ] {
                pairs.extend([(p.text, tile), (ink, tile)]);
            }
            for (ink, ground) in pairs {
                let found = contrast(ink, ground);
                assert!(found >= 4.5, "{theme}: {ink:?} on {ground:?} has only {found:.2}");
            }
        }
    }
}
