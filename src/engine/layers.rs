//! The layers of an image: which there are, how large, and what made them.
//!
//! An image's detail lists its layers; sizes and build steps stand in its history, which also lists
//! steps that made no layer, without saying which (moby `daemon/images/image_history.go`). So a size
//! is taken only where there is one way to lay the history over the layers.

use super::wire::{HistoryRow, ImageDetail};
use crate::model::{Bytes, Content, DiffId, Layer};

/// Puts an image's detail and history together; `total` is the size of all its layers, where known.
/// `Err` says what is missing.
pub(super) fn content(
    detail: ImageDetail,
    history: &[HistoryRow],
    total: Option<Bytes>,
) -> Result<Content, String> {
    let platform = platform(&detail);
    let told = detail.history.is_some();
    let root = detail.root_fs.unwrap_or_default();
    let digests = match (root.layers, root.kind.as_deref()) {
        (Some(digests), _) => digests,
        // An image without layers is listed without the list.
        (None, Some("layers")) => Vec::new(),
        (None, _) => return Err("the engine has no content for this image".to_owned()),
    };
    let ids: Vec<_> =
        digests.iter().map(|d| DiffId::parse(d)).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let steps_of_config = detail.history.unwrap_or_default();
    let mut steps =
        lay_as_told(ids.len(), history, &steps_of_config).unwrap_or_else(|| lay(ids.len(), history, total));
    if let ([only], Some(total)) = (steps.as_mut_slice(), total) {
        only.get_or_insert_default().0 = Some(total);
    }
    let layers = ids.into_iter().zip(steps).map(|(diff_id, step)| {
        let (size, created_by) = step.unwrap_or_default();
        Layer { diff_id, size, created_by }
    });
    let history = told.then(|| steps_of_config.iter().map(ToString::to_string).collect());
    Ok(Content { layers: layers.collect(), platform, history })
}

fn platform(detail: &ImageDetail) -> Option<String> {
    let known = |part: &Option<String>| part.clone().filter(|p| !p.is_empty());
    let mut text = known(&detail.os)?;
    for part in [known(&detail.architecture)?].into_iter().chain(known(&detail.variant)) {
        text.push('/');
        text.push_str(&part);
    }
    Some(text)
}

type Step = (Option<Bytes>, String);

/// The size and build step of each layer, where the image's configuration says which steps made one; `None`
/// if it does not fit.
fn lay_as_told(
    layers: usize,
    history: &[HistoryRow],
    steps: &[serde_json::Value],
) -> Option<Vec<Option<Step>>> {
    let makes_layer = |step: &serde_json::Value| step.get("empty_layer") != Some(&true.into());
    if history.len() != steps.len() || steps.iter().filter(|step| makes_layer(step)).count() != layers {
        return None;
    }
    let made = history.iter().rev().zip(steps).filter(|(_, step)| makes_layer(step));
    let laid = made.map(|(row, _)| {
        let size = row.size.and_then(Bytes::from_wire);
        Some((size, row.created_by.clone().unwrap_or_default()))
    });
    Some(laid.collect())
}

/// For each layer, bottom first, the size and build step that are certainly its own.
///
/// A step with a size made a layer. Of the steps without one, as many made (empty) layers as are
/// missing then. A step's layer is certain if, wherever those lie, the same number of layers is
/// beneath it.
fn lay(layers: usize, history: &[HistoryRow], total: Option<Bytes>) -> Vec<Option<Step>> {
    let mut laid = vec![None; layers];
    let size = |row: &HistoryRow| row.size.and_then(Bytes::from_wire);
    let oldest_first = || history.iter().rev();
    let sized = oldest_first().filter(|row| size(row).is_some_and(|s| s.0 > 0)).count();
    let unsized_steps = history.len() - sized;
    let Some(empty_layers) = layers.checked_sub(sized) else { return laid };
    let sum: Bytes = oldest_first().filter_map(size).sum();
    let complete = empty_layers <= unsized_steps && total.is_none_or(|total| total == sum);
    if !complete {
        return laid;
    }
    let (mut sized_below, mut unsized_below) = (0, 0);
    for row in oldest_first() {
        let has_size = size(row).is_some_and(|s| s.0 > 0);
        let made_layer = has_size || empty_layers == unsized_steps;
        // Empty layers beneath this step: at least those that do not fit above, at most all.
        let least = empty_layers.saturating_sub(unsized_steps - unsized_below);
        let most = empty_layers.min(unsized_below);
        if made_layer
            && least == most
            && let Some(slot) = laid.get_mut(sized_below + least)
        {
            *slot = Some((size(row), row.created_by.clone().unwrap_or_default()));
        }
        if has_size { sized_below += 1 } else { unsized_below += 1 }
    }
    laid
}

#[cfg(test)]
mod tests {
    use super::super::wire::RootFs;
    use super::*;

    fn history(newest_first: &[(&str, i64)]) -> Vec<HistoryRow> {
        let row =
            |(by, size): &(&str, i64)| HistoryRow { created_by: Some((*by).to_owned()), size: Some(*size) };
        newest_first.iter().map(row).collect()
    }

    /// What is known of each layer, bottom first; `?` for nothing.
    fn laid(layers: usize, newest_first: &[(&str, i64)]) -> Vec<String> {
        let steps = lay(layers, &history(newest_first), None);
        let show = |step: &Option<Step>| match step {
            Some((size, by)) => format!("{by} {}", size.map_or(-1, |s| i64::try_from(s.0).unwrap())),
            None => "?".to_owned(),
        };
        steps.iter().map(show).collect()
    }

    #[test]
    fn steps_with_a_size_are_the_layers_if_there_are_as_many() {
        let steps = [("CMD", 0), ("COPY", 5), ("ENV", 0), ("ADD", 70)];
        assert_eq!(laid(2, &steps), ["ADD 70", "COPY 5"]);
    }

    #[test]
    fn every_step_is_a_layer_if_there_are_as_many() {
        assert_eq!(laid(3, &[("c", 0), ("b", 5), ("a", 0)]), ["a 0", "b 5", "c 0"]);
    }

    #[test]
    fn an_empty_layer_leaves_open_only_what_it_could_shift() {
        // WORKDIR made an empty layer, ENV none, and the history does not say which is which.
        let steps = [("COPY", 5), ("WORKDIR", 0), ("ENV", 0), ("ADD", 70)];
        assert_eq!(laid(3, &steps), ["ADD 70", "?", "COPY 5"]);
        let apart = [("CMD", 0), ("COPY", 5), ("WORKDIR", 0), ("ADD", 70)];
        assert_eq!(laid(3, &apart), ["ADD 70", "?", "?"], "CMD could be the empty layer as well");
    }

    #[test]
    fn the_configuration_tells_which_steps_made_a_layer() {
        let rows = history(&[("COPY", 0), ("WORKDIR", 0), ("ENV", 0), ("ADD", 70)]);
        let step = |empty: bool| serde_json::json!({ "created_by": "x", "empty_layer": empty });
        let laid = lay_as_told(3, &rows, &[step(false), step(true), step(false), step(false)]).unwrap();
        let names: Vec<_> = laid.into_iter().flatten().map(|(_, by)| by).collect();
        assert_eq!(names, ["ADD", "WORKDIR", "COPY"]);
        assert!(lay_as_told(3, &rows, &[step(false), step(false)]).is_none());
        assert!(lay_as_told(2, &rows, &[step(false), step(true), step(false), step(false)]).is_none());
    }

    #[test]
    fn a_history_that_does_not_fit_tells_nothing() {
        assert_eq!(laid(1, &[("b", 5), ("a", 5)]), ["?"]);
        assert_eq!(laid(3, &[("b", 5), ("a", 5)]), ["?", "?", "?"]);
        assert_eq!(laid(2, &[]), ["?", "?"]);
        let sizes = lay(1, &history(&[("a", 5)]), Some(Bytes(6)));
        assert_eq!(sizes, [None], "the sizes must add up to the image's");
    }

    fn detail(layers: Option<Vec<String>>, kind: Option<&str>) -> ImageDetail {
        ImageDetail {
            os: Some("linux".to_owned()),
            architecture: Some("arm64".to_owned()),
            variant: Some("v8".to_owned()),
            root_fs: Some(RootFs { kind: kind.map(str::to_owned), layers }),
            ..ImageDetail::default()
        }
    }

    #[test]
    fn a_single_layer_is_as_large_as_its_image() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let content = content(detail(Some(vec![digest]), Some("layers")), &[], Some(Bytes(7))).unwrap();
        assert_eq!(content.platform.as_deref(), Some("linux/arm64/v8"));
        assert_eq!(content.layers.first().and_then(|l| l.size), Some(Bytes(7)));
    }

    #[test]
    fn missing_content_is_not_an_image_without_layers() {
        assert!(content(detail(None, Some("layers")), &[], None).unwrap().layers.is_empty());
        assert!(content(detail(None, None), &[], None).is_err());
        assert!(content(detail(Some(vec!["sha256:ab".to_owned()]), None), &[], None).is_err());
    }
}
