//! The few controls the window is made of, drawn alike everywhere.

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Color32, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::icons;
use super::theme::{self, GRID, Palette, palette};

/// What a button is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The one thing to do next.
    Primary,
    Normal,
    /// Without a frame until the pointer is there.
    Quiet,
    /// Like a word in a list that can be pressed.
    Link,
    /// Removes something for good.
    Danger,
}

/// A push button: an icon, words, or both.
#[derive(Debug)]
pub struct Push<'a> {
    text: &'a str,
    icon: Option<&'static str>,
    kind: Kind,
    enabled: bool,
    small: bool,
    flush: bool,
    name: Option<String>,
}

impl<'a> Push<'a> {
    pub fn new(kind: Kind, text: &'a str) -> Self {
        Self { text, icon: None, kind, enabled: true, small: false, flush: false, name: None }
    }

    /// Only an icon; `name` is what it is called by screen readers and on hover.
    pub fn icon_only(icon: &'static str, name: &'a str) -> Self {
        Self { icon: Some(icon), name: Some(name.to_owned()), small: true, ..Self::new(Kind::Quiet, "") }
    }

    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// First in its row, with its words at the edge of the text around it.
    #[must_use]
    pub fn flush(mut self) -> Self {
        self.flush = true;
        self
    }

    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Said instead of the words on it, where those alone leave a question.
    #[must_use]
    pub fn named(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let Self { text, icon, kind, enabled, small, flush, name } = self;
        let colors = palette(ui);
        let font = if small { theme::small() } else { theme::body() };
        let icon_size = if small { 15.0 } else { 17.0 };
        let height = if small { 6.0 * GRID } else { 7.5 * GRID };
        let words = ui.painter().layout_no_wrap(text.to_owned(), font, colors.text);
        let icon_width = if icon.is_some() { icon_size } else { 0.0 };
        let gap = if icon.is_some() && !text.is_empty() { 1.5 * GRID } else { 0.0 };
        let padding =
            if text.is_empty() { (height - icon_size) / 2.0 } else { (if small { 2.0 } else { 3.0 }) * GRID };
        // Without room on the left its words stand level with the text above; the ground still reaches out.
        let left_out = if flush { padding } else { 0.0 };
        let size = vec2(words.size().x + icon_width + gap + 2.0 * padding - left_out, height);
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let (mut rect, response) = ui.allocate_exact_size(size, sense);
        rect.min.x -= left_out;
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name.as_deref().unwrap_or(text)));
        if ui.is_rect_visible(rect) {
            let lit = response.hovered() || response.is_pointer_button_down_on();
            let (fill, ink, edge) = looks(kind, enabled, lit, colors);
            ui.painter().rect(rect, theme::RADIUS, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
            if response.has_focus() {
                focus_ring(ui, rect);
            }
            let mut x = rect.left() + padding;
            if let Some(icon) = icon {
                paint_icon(ui, pos2(x + icon_size / 2.0, rect.center().y), icon, icon_size, ink);
                x += icon_size + gap;
            }
            let at = pos2(x, rect.center().y - words.size().y / 2.0);
            ui.painter().galley_with_override_text_color(at, words, ink);
        }
        if enabled { response.on_hover_cursor(egui::CursorIcon::PointingHand) } else { response }
    }
}

fn looks(kind: Kind, enabled: bool, lit: bool, p: &Palette) -> (Color32, Color32, Color32) {
    if !enabled {
        let bare = matches!(kind, Kind::Quiet | Kind::Link);
        let (fill, edge) =
            if bare { (Color32::TRANSPARENT, Color32::TRANSPARENT) } else { (p.raised, p.line) };
        return (fill, p.muted.gamma_multiply(0.75), edge);
    }
    let blend = |color: Color32| if lit { color.lerp_to_gamma(p.text, 0.12) } else { color };
    match kind {
        Kind::Primary => (blend(p.accent), p.on_accent, blend(p.accent)),
        Kind::Danger => (blend(p.danger), p.on_danger, blend(p.danger)),
        Kind::Normal => (if lit { p.hover } else { p.surface }, p.text, p.line),
        Kind::Quiet if lit => (p.hover, p.text, Color32::TRANSPARENT),
        Kind::Quiet => (Color32::TRANSPARENT, p.muted, Color32::TRANSPARENT),
        Kind::Link if lit => (p.accent_soft, p.accent, Color32::TRANSPARENT),
        Kind::Link => (Color32::TRANSPARENT, p.accent, Color32::TRANSPARENT),
    }
}

pub fn focus_ring(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, palette(ui).accent);
    ui.painter().rect_stroke(rect.expand(2.0), theme::RADIUS + 2, stroke, StrokeKind::Inside);
}

pub fn paint_icon(ui: &Ui, center: egui::Pos2, icon: &str, size: f32, color: Color32) {
    ui.painter().text(center, egui::Align2::CENTER_CENTER, icon, theme::icons(size), color);
}

/// The arrow of a row that opens and closes.
pub fn opener(ui: &Ui, center: egui::Pos2, open: bool, hovered: bool) {
    let colors = palette(ui);
    let color = if hovered { colors.text } else { colors.muted };
    let (a, b, c) = if open {
        (vec2(-4.0, -2.0), vec2(0.0, 2.5), vec2(4.0, -2.0))
    } else {
        (vec2(-2.0, -4.0), vec2(2.5, 0.0), vec2(-2.0, 4.0))
    };
    ui.painter().line(vec![center + a, center + b, center + c], Stroke::new(1.5, color));
}

/// The sign that something is under way; it turns, unless nothing may move.
pub fn busy(ui: &Ui, rect: Rect, color: Color32) {
    if ui.style().animation_time > 0.0 {
        egui::Spinner::new().color(color).paint_at(ui, rect);
    } else {
        paint_icon(ui, rect.center(), super::icons::BUSY, rect.width(), color);
    }
}

/// The sign of something marked for removal, around a point.
pub fn mark_sign(painter: &egui::Painter, at: egui::Pos2, radius: f32, colors: &Palette) {
    painter.circle(at, radius, colors.accent, Stroke::new(1.0, colors.surface));
    let icon = theme::icons((radius * 3.2).round() / 2.0);
    painter.text(at, egui::Align2::CENTER_CENTER, super::icons::CHECK, icon, colors.on_accent);
}

/// An icon that takes part in the layout; it says nothing by itself.
pub fn icon(ui: &mut Ui, icon: &str, size: f32, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    paint_icon(ui, rect.center(), icon, size, color);
    response
}

/// Words in a colour, on as many lines as they need.
pub fn words(ui: &mut Ui, text: impl Into<String>, font: FontId, color: Color32) -> Response {
    ui.add(egui::Label::new(egui::RichText::new(text).font(font).color(color)).wrap())
}

pub fn label(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = palette(ui).text;
    words(ui, text, theme::body(), color)
}

pub fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = palette(ui).muted;
    words(ui, text, theme::small(), color)
}

/// Words on one line that end in `…` where they do not fit, and then show themselves on hover.
pub fn one_line(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(ui.available_width());
    let galley = ui.painter().layout_job(job);
    let elided = galley.elided;
    let response = ui.add(egui::Label::new(galley));
    if elided { response.on_hover_text(text) } else { response }
}

/// Text that selects and copies, for IDs and the engine's words.
pub fn quoted(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let rich = egui::RichText::new(text).font(theme::mono()).color(color);
    ui.add(egui::Label::new(rich).wrap().selectable(true))
}

/// Controls in one row that ends at the right edge; the first added is the rightmost.
pub fn right_row<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(ui.available_width(), 7.5 * GRID);
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(egui::Align::Center), add).inner
}

/// A block of the engine's words, or of shell lines.
pub fn code_block<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let fill = palette(ui).raised;
    let frame = egui::Frame::new()
        .fill(fill)
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(10, 8));
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = GRID;
            add(ui)
        })
        .inner
}

/// One line of a menu.
pub fn menu_line(ui: &mut Ui, icon: &str, word: &str, enabled: bool) -> Response {
    let colors = palette(ui);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, enabled, word));
    if enabled && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, theme::RADIUS, colors.hover);
    }
    if response.has_focus() {
        focus_ring(ui, rect.shrink(2.0));
    }
    let ink = if enabled { colors.text } else { colors.muted.gamma_multiply(0.75) };
    paint_icon(ui, rect.left_center() + vec2(14.0, 0.0), icon, 15.0, colors.muted);
    let at = rect.left_center() + vec2(32.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, word, theme::body(), ink);
    response
}

/// A card: the one kind of frame there is.
pub fn card<R>(ui: &mut Ui, fill: Color32, edge: Color32, add: impl FnOnce(&mut Ui) -> R) -> R {
    egui::Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(8)
        .inner_margin(egui::Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui)
        })
        .inner
}

/// The head of a section, with a count or nothing.
pub fn section(ui: &mut Ui, title: &str, count: Option<usize>) {
    let colors = palette(ui);
    ui.add_space(2.0 * GRID);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        words(ui, title, theme::strong(theme::BODY), colors.text);
        if let Some(count) = count {
            words(ui, super::text::thousands(count), theme::body(), colors.muted);
        }
    });
    ui.add_space(-GRID);
}

/// A small word in a tinted pill.
pub fn pill(ui: &mut Ui, text: &str, ink: Color32, fill: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small(), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(3.0 * GRID, GRID), Sense::hover());
    ui.painter().rect_filled(rect, 9, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// A button that copies, and says so for a moment by its icon.
pub fn copy(ui: &mut Ui, name: &str, what: &str) {
    if Push::icon_only(super::icons::COPY, name).show(ui).on_hover_text(name).clicked() {
        ui.copy_text(what.to_owned());
    }
}

pub fn width_of(ui: &Ui, text: &str, font: &FontId) -> f32 {
    width_with(ui.painter(), text, font)
}

fn width_with(painter: &egui::Painter, text: &str, font: &FontId) -> f32 {
    painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x
}

/// The text with its middle left out where it is wider than `width`; names differ at both ends.
pub fn elide_middle(ui: &Ui, text: &str, font: &FontId, width: f32) -> (String, bool) {
    elide_middle_with(ui.painter(), text, font, width)
}

/// The same where only a painter is at hand.
pub fn elide_middle_with(painter: &egui::Painter, text: &str, font: &FontId, width: f32) -> (String, bool) {
    if width_with(painter, text, font) <= width {
        return (text.to_owned(), false);
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |keep: usize| -> String {
        let leading = keep.div_ceil(2);
        let head = letters.iter().take(leading);
        let tail = letters.iter().skip(letters.len() - (keep - leading));
        head.chain(std::iter::once(&'…')).chain(tail).collect()
    };
    let (mut fits, mut too_many) = (1, letters.len());
    while too_many - fits > 1 {
        let middle = usize::midpoint(fits, too_many);
        if width_with(painter, &cut(middle), font) <= width { fits = middle } else { too_many = middle }
    }
    (cut(fits), true)
}

/// Plain text with the letters that a filter matched marked.
pub fn append_marked(
    job: &mut LayoutJob,
    text: &str,
    format: &TextFormat,
    marks: &[std::ops::Range<usize>],
    mark: Color32,
) {
    let mut at = 0;
    for range in marks {
        job.append(text.get(at..range.start).unwrap_or_default(), 0.0, format.clone());
        let marked = TextFormat { background: mark, ..format.clone() };
        job.append(text.get(range.clone()).unwrap_or_default(), 0.0, marked);
        at = range.end;
    }
    job.append(text.get(at..).unwrap_or_default(), 0.0, format.clone());
}

/// A box to tick with its words, drawn like the rest.
pub fn tick(ui: &mut Ui, colors: &Palette, ticked: &mut bool, words: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::body(), colors.text);
    let response = tick_area(ui, colors, vec2(galley.size().x + 26.0, 24.0), ticked, true, words);
    let at = response.rect.left_center() + vec2(24.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, colors.text);
    response
}

/// The box alone; `name` is what it is called.
pub fn tick_box(ui: &mut Ui, colors: &Palette, ticked: &mut bool, enabled: bool, name: &str) -> Response {
    tick_area(ui, colors, vec2(16.0, 22.0), ticked, enabled, name)
}

fn tick_area(
    ui: &mut Ui,
    colors: &Palette,
    size: Vec2,
    ticked: &mut bool,
    enabled: bool,
    name: &str,
) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(size, if enabled { Sense::click() } else { Sense::hover() });
    if response.clicked() {
        *ticked = !*ticked;
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, *ticked, name));
    let square = Rect::from_center_size(rect.left_center() + vec2(8.0, 0.0), vec2(16.0, 16.0));
    let (fill, edge) = if *ticked {
        (colors.accent, colors.accent)
    } else {
        (colors.surface, if enabled { colors.muted } else { colors.line })
    };
    ui.painter().rect(square, 4, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if *ticked {
        paint_icon(ui, square.center(), icons::CHECK, 14.0, colors.on_accent);
    }
    if response.has_focus() {
        focus_ring(ui, rect);
    }
    response
}

/// How much of something is done; `name` is what it is called.
pub fn progress(ui: &mut Ui, done: u64, of: u64, name: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    let colors = palette(ui);
    ui.painter().rect_filled(rect, 2, colors.hover);
    #[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
    let share = if of == 0 { 0.0 } else { done as f32 / of as f32 };
    let filled = Rect::from_min_max(rect.min, pos2(rect.left() + rect.width() * share, rect.bottom()));
    ui.painter().rect_filled(filled, 2, colors.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
}
