//! What the X server knows of the windows on it, and closing one as a window manager does.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

use super::Display;

pub struct Desktop {
    server: RustConnection,
    root: Window,
}

impl Desktop {
    pub fn of(display: &Display) -> Self {
        let (server, screen) = x11rb::connect(Some(&display.name)).unwrap();
        let root = server.setup().roots[screen].root;
        Self { server, root }
    }

    /// The titles of the windows that can be seen, in no order.
    pub fn titles(&self) -> Vec<String> {
        self.windows().into_iter().map(|(_, title)| title).collect()
    }

    /// Asks the window whose title begins so to close.
    pub fn close(&self, title: &str) {
        let windows = self.windows();
        let window = windows.iter().find(|(_, other)| other.starts_with(title));
        let (window, _) = window.unwrap_or_else(|| panic!("no window is called {title}: {windows:?}"));
        let (protocols, delete) = (self.atom("WM_PROTOCOLS"), self.atom("WM_DELETE_WINDOW"));
        let event = ClientMessageEvent::new(32, *window, protocols, [delete, 0, 0, 0, 0]);
        self.server.send_event(false, *window, EventMask::NO_EVENT, event).unwrap().check().unwrap();
    }

    fn windows(&self) -> Vec<(Window, String)> {
        let title = self.atom("_NET_WM_NAME");
        let children = self.server.query_tree(self.root).unwrap().reply().unwrap().children;
        let named = children.into_iter().filter_map(|window| {
            // One may go while it is asked.
            let state = self.server.get_window_attributes(window).unwrap().reply().ok()?.map_state;
            let reply = self
                .server
                .get_property(false, window, title, AtomEnum::ANY, 0, 1024)
                .unwrap()
                .reply()
                .ok()?;
            let seen = state == MapState::VIEWABLE && !reply.value.is_empty();
            seen.then(|| (window, String::from_utf8(reply.value).unwrap()))
        });
        named.collect()
    }

    fn atom(&self, name: &str) -> u32 {
        self.server.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }
}
