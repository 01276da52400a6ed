//! Finds out that this machine slept: connections may have died without a word meanwhile, and events were missed.
//!
//! A short wait that took long by a clock that goes on during sleep tells it. So does a machine that was halted
//! or far too busy, where the same is right.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Time since some moment, by a clock that goes on while the machine sleeps.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

const PERIOD: Duration = Duration::from_secs(3);
/// A busy machine is late as well, and engines do not drop anybody for so little.
const SLACK: Duration = Duration::from_secs(12);

/// Notifies after each sleep, for as long as the runtime lives.
pub(super) async fn watch(clock: Clock, slept: Arc<Notify>) {
    loop {
        let before = clock();
        tokio::time::sleep(PERIOD).await;
        if is_sleep(before, clock()) {
            slept.notify_one();
        }
    }
}

/// A clock that was set back tells nothing.
fn is_sleep(before: Duration, after: Duration) -> bool {
    after.checked_sub(before).is_some_and(|took| took > PERIOD + SLACK)
}

/// The one that nobody can set, where there is one; else the time of day.
pub(super) fn clock() -> Clock {
    #[cfg(target_os = "linux")]
    return Arc::new(|| {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::try_from(time).unwrap_or_default()
    });
    #[cfg(not(target_os = "linux"))]
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_far_more_time_than_was_waited_for_is_a_sleep() {
        let hour = Duration::from_hours(1);
        assert!(!is_sleep(hour, hour + PERIOD));
        assert!(!is_sleep(hour, hour + PERIOD + Duration::from_secs(5)), "a busy machine");
        assert!(is_sleep(hour, hour * 2));
        assert!(!is_sleep(hour * 2, hour), "the clock was set back");
    }

    #[test]
    fn the_clock_goes_on() {
        let clock = clock();
        let before = clock();
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock() >= before + Duration::from_millis(20));
    }
}
