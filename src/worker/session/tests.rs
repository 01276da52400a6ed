use std::collections::BTreeSet;

use tokio::sync::mpsc::channel;

use super::*;
use crate::engine::Sample;
use crate::model::ImageId;

fn touched(hex: &str) -> Touched {
    let image = ImageId::parse(&format!("sha256:{}", hex.repeat(64))).unwrap();
    Touched { images: BTreeSet::from([image]), ..Touched::default() }
}

#[tokio::test]
async fn what_is_taken_right_after_a_look_at_names_that_nobody_told_has_everything_listed() {
    let ((notes, _noted), (events, _told)) = (channel(8), channel(8));
    let outbox = Outbox::new(events, Arc::new(|| ()));
    let (generation, memory) = (Generation(1), Memory::default());
    let mut session = Session::new(1, generation, Endpoint::Sample, memory, notes, outbox);
    let named = touched("a").images.into_iter().map(|image| (image, None)).collect();
    let looked = Changed::Only(Touched { named, ..touched("a") });
    let (hurry, _) = watch::channel(Hurry::No);
    let task = Task(tokio::spawn(async {}));
    session.listing = Some(Listing { number: 1, names: Names::of(&looked), hurry, _task: task });
    let inventory = Arc::new(Sample::new(0).inventory());
    session.listed(1, Listed::Updated { inventory, took: Duration::ZERO }, None, true);
    session.refresh(Changed::Only(Touched { taken: true, ..touched("b") }), false, true);
    let waiting = session.waiting.expect("it is looked at");
    assert!(matches!(waiting.what, Changed::Everything), "the name may have been another's before the look");
}
