//! Times, for people: how long ago, or the time of day in a zone.

use std::cell::RefCell;

use jiff::tz::TimeZone;

use super::tr;

thread_local! {
    static ZONE: RefCell<Option<TimeZone>> = const { RefCell::new(None) };
}

/// The time zone of every time of day this thread tells from now on; without one it is the system's.
pub fn tell_times_in(zone: TimeZone) {
    ZONE.set(Some(zone));
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago, in one unit, short enough for a column.
pub fn age(now: i64, then: i64) -> String {
    let seconds = (now - then).max(0);
    let (n, key) = match seconds {
        s if s >= 365 * DAY => (s / (365 * DAY), "age.years"),
        s if s >= 60 * DAY => (s / (30 * DAY), "age.months"),
        s if s >= DAY => (s / DAY, "age.days"),
        s if s >= HOUR => (s / HOUR, "age.hours"),
        s if s >= MINUTE => (s / MINUTE, "age.minutes"),
        _ => return tr!("age.now").into_owned(),
    };
    tr!(key, n = n)
}

fn local(time: i64, form: &str) -> String {
    let zone = ZONE.with_borrow(Clone::clone).unwrap_or_else(TimeZone::system);
    let zoned = jiff::Timestamp::from_second(time).map(|t| t.to_zoned_datetime(zone));
    zoned.map(|z| z.strftime(form).to_string()).unwrap_or_default()
}

/// Date and time of day, in the system's time zone.
pub fn moment(time: i64) -> String {
    local(time, "%Y-%m-%d %H:%M:%S")
}

/// The time of day alone.
pub fn clock(time: i64) -> String {
    local(time, "%H:%M:%S")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        assert_eq!(age(182 * DAY, 0), "6 mo");
        assert_eq!(age(59, 0), "now");
        assert_eq!(age(0, 10), "now");
        assert_eq!(age(60, 0), "1 min");
    }
}
