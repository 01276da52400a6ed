//! Which sign stands for what; all from one icon font.

use egui_material_icons::icons as font;

pub const ANCHOR: &str = font::ICON_ANCHOR.codepoint;
pub const IMAGE: &str = font::ICON_INVENTORY_2.codepoint;
pub const TAG: &str = font::ICON_SELL.codepoint;
pub const DIGEST: &str = font::ICON_TAG.codepoint;
pub const CONTAINER: &str = font::ICON_DEPLOYED_CODE.codepoint;
pub const MOUNT: &str = font::ICON_FOLDER_OPEN.codepoint;
pub const CHILD: &str = font::ICON_ACCOUNT_TREE.codepoint;
pub const LAYER: &str = font::ICON_STACKS.codepoint;
pub const LAYERS: &str = font::ICON_LAYERS.codepoint;
pub const REGISTRY: &str = font::ICON_DNS.codepoint;
pub const REPOSITORY: &str = font::ICON_FOLDER.codepoint;

pub const BUSY: &str = font::ICON_HOURGLASS_TOP.codepoint;
pub const CAN_GO: &str = font::ICON_CHECK_CIRCLE.codepoint;
pub const HELD: &str = font::ICON_BLOCK.codepoint;
pub const NAME_ONLY: &str = font::ICON_SELL.codepoint;
pub const UNKNOWN: &str = font::ICON_HELP.codepoint;

pub const ARCHIVE: &str = font::ICON_ARCHIVE.codepoint;
pub const BACK: &str = font::ICON_ARROW_BACK.codepoint;
pub const CHECK: &str = font::ICON_CHECK.codepoint;
pub const CLOSE: &str = font::ICON_CLOSE.codepoint;
pub const COPY: &str = font::ICON_CONTENT_COPY.codepoint;
pub const DELETE: &str = font::ICON_DELETE.codepoint;
pub const DISCONNECTED: &str = font::ICON_SIGNAL_DISCONNECTED.codepoint;
pub const DOWN: &str = font::ICON_EXPAND_MORE.codepoint;
pub const ERROR: &str = font::ICON_ERROR.codepoint;
pub const EXPORT: &str = font::ICON_IOS_SHARE.codepoint;
pub const FILTERED: &str = font::ICON_FILTER_ALT_OFF.codepoint;
pub const FIT: &str = font::ICON_FIT_SCREEN.codepoint;
pub const FORCE: &str = font::ICON_BOLT.codepoint;
pub const HINT: &str = font::ICON_LIGHTBULB.codepoint;
pub const HISTORY: &str = font::ICON_HISTORY.codepoint;
pub const INFO: &str = font::ICON_INFO.codepoint;
pub const EMPTY: &str = font::ICON_HARD_DRIVE_2.codepoint;
pub const LOCK: &str = font::ICON_LOCK.codepoint;
pub const MAP: &str = font::ICON_DASHBOARD.codepoint;
pub const MARKED: &str = font::ICON_CHECK_BOX.codepoint;
pub const MARK_MANY: &str = font::ICON_CHECKLIST.codepoint;
pub const MORE: &str = font::ICON_MORE_HORIZ.codepoint;
pub const PICTURE: &str = font::ICON_ACCOUNT_TREE.codepoint;
pub const PART: &str = font::ICON_REMOVE.codepoint;
pub const REFRESH: &str = font::ICON_REFRESH.codepoint;
pub const SEARCH: &str = font::ICON_SEARCH.codepoint;
pub const SETTINGS: &str = font::ICON_SETTINGS.codepoint;
pub const STEPS: &str = font::ICON_FORMAT_LIST_NUMBERED.codepoint;
pub const STOP: &str = font::ICON_STOP_CIRCLE.codepoint;
pub const TERMINAL: &str = font::ICON_TERMINAL.codepoint;
pub const TREE: &str = font::ICON_LIST.codepoint;
pub const UP: &str = font::ICON_EXPAND_LESS.codepoint;
pub const WAITING: &str = font::ICON_RADIO_BUTTON_UNCHECKED.codepoint;
pub const WARNING: &str = font::ICON_WARNING.codepoint;
pub const ZOOM_IN: &str = font::ICON_ZOOM_IN.codepoint;
pub const ZOOM_OUT: &str = font::ICON_ZOOM_OUT.codepoint;
