//! Temporary.
use unmoor::{app, message::Endpoint, worker::Worker};
fn main() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let h = rt.handle().clone();
    let arg = std::env::args().nth(1).unwrap_or_default();
    let e = match arg.as_str() { "sample" => Endpoint::Sample, "" => Endpoint::Default, h => Endpoint::Host(h.to_owned()) };
    app::run(move |wake| Worker::start(wake, &h).into(), e).unwrap();
}
