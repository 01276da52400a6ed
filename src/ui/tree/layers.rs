//! What the layers of an image say in the tree: how many, how big, and who shares them.

use super::describe::{Style, Words};
use crate::model::{ChainIx, Graph, ImageIx};
use crate::ui::icons;
use crate::ui::text::{self, tr};
use crate::ui::theme::Palette;

/// Images that share a layer are named up to this many.
const SHARERS: usize = 2;

/// The layers of an image in one row.
pub fn layers(graph: &Graph, ix: ImageIx, colors: &Palette) -> Option<Words> {
    let words = layer_words(graph, ix)?;
    Some(Words {
        icon: icons::LAYERS,
        tint: colors.muted,
        sentence: words.clone(),
        parts: vec![(words, Style::Muted)],
        elastic: 0,
        badge: None,
        hover: None,
        remark: None,
        numbers: None,
    })
}

/// What one layer of an image says.
pub fn one_layer(graph: &Graph, ix: ImageIx, layer: ChainIx, colors: &Palette) -> Option<Words> {
    let chain = graph.chain(layer)?;
    let size = chain.size.map_or_else(|| "–".to_owned(), |bytes| bytes.to_string());
    let above = graph.down_from(graph.top(ix)).take_while(|(at, _)| *at != layer).count();
    let known = graph.image(ix)?.layers.known()?;
    let made = known.get(known.len().checked_sub(above + 1)?)?;
    let by = if made.created_by.is_empty() { made.diff_id.short() } else { made.created_by.as_str() };
    let others = (chain.images() as usize).saturating_sub(1);
    let shared = if others == 0 {
        tr!("layer.own").into_owned()
    } else {
        let mut found: Vec<_> = graph.images_on_from_last(layer).take(SHARERS + 1).collect();
        found.sort_unstable();
        let ids = found.into_iter().filter(|other| *other != ix).take(SHARERS);
        let ids = ids.filter_map(|other| graph.image(other)).map(|image| image.id.short().to_owned());
        let mut with: Vec<_> = ids.collect();
        if others > with.len() {
            with.push(text::count("n.others", others - with.len()));
        }
        tr!("layer.shared", with = text::list(&with))
    };
    let exact = chain.size.map_or_else(|| tr!("bytes.unknown").into_owned(), text::exact);
    Some(Words {
        icon: if others > 0 { icons::LAYERS } else { icons::LAYER },
        tint: colors.muted,
        sentence: tr!("layer.sentence", size = size, shared = shared, by = by),
        hover: Some(format!("{exact}\n{}\n{by}", made.diff_id.as_str())),
        parts: vec![(size, Style::Plain), (shared, Style::Muted), (by.to_owned(), Style::Mono)],
        elastic: 2,
        badge: None,
        remark: None,
        numbers: None,
    })
}

/// "6 layers, 4 shared with 966495178565"
pub fn layer_words(graph: &Graph, ix: ImageIx) -> Option<String> {
    let count = graph.image(ix)?.layers.known()?.len();
    let all = text::count("n.layers", count);
    let top = graph.top(ix);
    let shared: Vec<_> = graph.down_from(top).filter(|(_, chain)| chain.images() > 1).collect();
    let Some((first, chain)) = shared.first() else {
        return Some(tr!("layers.none_shared", layers = all));
    };
    let others = (chain.images() as usize).saturating_sub(1);
    // Naming them costs a walk over all of them, which is only worth it for a few.
    let with = if others <= 2 {
        let ids = graph.images_on(*first).into_iter().filter(|other| *other != ix);
        let ids = ids.filter_map(|other| graph.image(other)).map(|i| i.id.short().to_owned());
        text::list(&ids.collect::<Vec<_>>())
    } else {
        text::count("n.images", others)
    };
    Some(tr!("layers.shared", layers = all, n = shared.len(), with = with))
}
