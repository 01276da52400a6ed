//! The picture and the map.

use super::{NODE, live_with, marks, origin, press, select};
use crate::stage::Stage;
use crate::tour::worlds;

pub fn picture(stage: &mut Stage, inventory: unmoor::model::Inventory, row: &str) {
    live_with(stage, inventory);
    stage.click(row);
    press(stage, "view.picture");
}

pub fn picture_origin(stage: &mut Stage) {
    origin(stage);
    press(stage, "view.picture");
}

pub fn picture_all(stage: &mut Stage) {
    live_with(stage, worlds::many(200));
    press(stage, "view.picture");
}

pub fn picture_marked(stage: &mut Stage) {
    marks(stage);
    press(stage, "view.picture");
    press(stage, "scope.selection");
    press(stage, "scope.marked");
}

pub fn map(stage: &mut Stage) {
    select(stage, NODE);
    press(stage, "view.map");
}

pub fn map_many(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    press(stage, "view.map");
}
